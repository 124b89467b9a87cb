import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** An `Event` of tensorflow/core/util/event.proto: what happened, when (seconds since 1970), at which step. */
export interface EventHeader {
  readonly wallTime: number;
  readonly step?: number;
}

/** The first event of every file: which version of the format it has. */
export const versionEvent = (header: EventHeader): Uint8Array =>
  event(header, (message) => message.tag(3, WireType.LengthDelimited).string("brain.Event:2"));

/** `SessionLog.START`: readers forget what earlier files say of `step` and later ones. */
export const restartEvent = (header: Required<EventHeader>): Uint8Array =>
  event(header, (message) => inside(message, 7, (log) => log.tag(1, WireType.Varint).int32(1)));

/** One `Summary` with a `simple_value` for each tag. */
export const scalarsEvent = (header: Required<EventHeader>, values: ReadonlyMap<string, number>): Uint8Array =>
  event(header, (message) =>
    inside(message, 5, (summary) => {
      for (const [tag, value] of values) {
        inside(summary, 1, (entry) =>
          entry.tag(1, WireType.LengthDelimited).string(tag).tag(2, WireType.Bit32).float(value),
        );
      }
    }),
  );

/** A `Summary` with a string tensor for the text plugin, which shows Markdown. */
export const textEvent = (header: Required<EventHeader>, tag: string, markdown: string): Uint8Array =>
  event(header, (message) =>
    inside(message, 5, (summary) =>
      inside(summary, 1, (entry) => {
        entry.tag(1, WireType.LengthDelimited).string(tag);
        inside(entry, 8, (tensor) => {
          tensor.tag(1, WireType.Varint).int32(stringType);
          inside(tensor, 2, (shape) => inside(shape, 2, (dim) => dim.tag(1, WireType.Varint).int64(1)));
          tensor.tag(8, WireType.LengthDelimited).string(markdown);
        });
        inside(entry, 9, (metadata) =>
          inside(metadata, 1, (plugin) => plugin.tag(1, WireType.LengthDelimited).string("text")),
        );
      }),
    ),
  );

/** `DT_STRING` of tensorflow/core/framework/types.proto. */
const stringType = 7;

function event({ wallTime, step }: EventHeader, content: (message: BinaryWriter) => unknown): Uint8Array {
  const message = new BinaryWriter().tag(1, WireType.Bit64).double(wallTime);
  if (step !== undefined) message.tag(2, WireType.Varint).int64(step);
  content(message);
  return message.finish();
}

/** Writes a message as field number `field` of another. */
function inside(outer: BinaryWriter, field: number, content: (message: BinaryWriter) => unknown): void {
  const message = outer.tag(field, WireType.LengthDelimited).fork();
  content(message);
  message.join();
}
