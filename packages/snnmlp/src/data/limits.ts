/** No image file is larger; one that says so, also packed in an archive, is refused before memory is taken. */
export const maxFileBytes = 2 ** 28;

/** Pillow refuses images of more pixels as decompression bombs; so do we. */
export const maxPixels = 178_956_970;
