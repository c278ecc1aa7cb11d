"""Notices when somebody opens what nobody should."""
import ctypes, os, struct

OPENED = 0x20  # IN_OPEN of <sys/inotify.h>
_libc = ctypes.CDLL(None, use_errno=True)


class Watch:
    """Tells which files right in `folder` were opened in its block."""

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        self.descriptor = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert self.descriptor >= 0, os.strerror(ctypes.get_errno())
        watch = _libc.inotify_add_watch(self.descriptor, os.fsencode(self.folder), OPENED)
        assert watch >= 0, os.strerror(ctypes.get_errno())
        return self

    def __exit__(self, *_):
        os.close(self.descriptor)

    def opened(self):
        """Their names, up to now."""
        names = set()
        try:
            while data := os.read(self.descriptor, 1 << 16):
                while data:
                    length, = struct.unpack_from("12xI", data)
                    names.add(os.fsdecode(data[16:16 + length].rstrip(b"\0")))
                    data = data[16 + length:]
        except BlockingIOError:
            return names - {""}
