"""A small process that speaks clamd's protocol: PORT_FILE MODE. It fails as its mode says."""

import socketserver
import sys
import time
from pathlib import Path

EICAR = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
STREAM_MAX = 25 * 1024 * 1024


class Clamd(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        mode = sys.argv[2]
        if mode == "closing":
            return
        if self.rfile.read(10) != b"zINSTREAM\0":
            self.wfile.write(b"UNKNOWN COMMAND\0")
            return
        content = b""
        while size := int.from_bytes(self.rfile.read(4), "big"):
            content += self.rfile.read(size)
            if len(content) > STREAM_MAX:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self._answer(mode, content)

    def _answer(self, mode: str, content: bytes) -> None:
        if mode == "slow":
            time.sleep(5)
        elif mode == "garbage":
            self.wfile.write(b"\xff\xfe stream: OK but not quite" * 400)
            return
        elif mode == "failing":
            self.wfile.write(b"stream: Can't allocate memory ERROR\0")
            return
        elif mode == "mute":
            return
        found = b"Eicar-Signature FOUND" if EICAR in content else b"OK"
        self.wfile.write(b"stream: " + found + b"\0")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, *_arguments: object) -> None:
        """A client that goes away is none."""


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Clamd)
    fresh = Path(sys.argv[1] + ".new")
    fresh.write_text(str(server.server_address[1]))
    fresh.replace(sys.argv[1])
    server.serve_forever()
