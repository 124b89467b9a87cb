import { PickleClass } from "./values.js";

/** Modules by their names in Python 2, which protocols 0 to 2 write, and what Python 3 calls them. */
const modules: ReadonlyMap<string, string> = new Map([
  ["__builtin__", "builtins"],
  ["_abcoll", "collections.abc"],
  ["_elementtree", "xml.etree.ElementTree"],
  ["_winreg", "winreg"],
  ["anydbm", "dbm"],
  ["BaseHTTPServer", "http.server"],
  ["commands", "subprocess"],
  ["ConfigParser", "configparser"],
  ["Cookie", "http.cookies"],
  ["cookielib", "http.cookiejar"],
  ["copy_reg", "copyreg"],
  ["cPickle", "pickle"],
  ["cStringIO", "io"],
  ["exceptions", "builtins"],
  ["httplib", "http.client"],
  ["Queue", "queue"],
  ["repr", "reprlib"],
  ["SimpleXMLRPCServer", "xmlrpc.server"],
  ["SocketServer", "socketserver"],
  ["StringIO", "io"],
  ["thread", "_thread"],
  ["Tkinter", "tkinter"],
  ["urllib2", "urllib.request"],
  ["urlparse", "urllib.parse"],
  ["UserDict", "collections"],
  ["UserList", "collections"],
  ["UserString", "collections"],
  ["xmlrpclib", "xmlrpc.client"],
]);

/** What moved on its own, or was called otherwise. */
const names: ReadonlyMap<string, string> = new Map([
  ["__builtin__.basestring", "builtins.str"],
  ["__builtin__.intern", "sys.intern"],
  ["__builtin__.long", "builtins.int"],
  ["__builtin__.reduce", "functools.reduce"],
  ["__builtin__.unichr", "builtins.chr"],
  ["__builtin__.unicode", "builtins.str"],
  ["__builtin__.xrange", "builtins.range"],
  ["itertools.ifilter", "builtins.filter"],
  ["itertools.imap", "builtins.map"],
  ["itertools.izip", "builtins.zip"],
  ["multiprocessing.forking.Popen", "multiprocessing.popen_fork.Popen"],
  ["multiprocessing.process.Process", "multiprocessing.context.Process"],
  ["urllib.urlopen", "urllib.request.urlopen"],
  ["urllib.urlretrieve", "urllib.request.urlretrieve"],
]);

/** A class or function by the name Python 3 has for it, whichever Python wrote the pickle. */
export function named(module: string, name: string): PickleClass {
  return new PickleClass(names.get(`${module}.${name}`) ?? `${modules.get(module) ?? module}.${name}`);
}
