"""A small load generator: raw sockets in a process of its own, bounded, loopback only."""

import socket
import sys
import time


def main() -> None:
    """host port seconds connections, then the request's bytes on standard input; prints a count."""
    host, port, seconds, connections = sys.argv[1], *map(int, sys.argv[2:5])
    requests = [
        line.encode().decode("unicode_escape").encode() for line in sys.stdin.read().splitlines()
    ]
    links = [socket.create_connection((host, port)) for _ in range(connections)]
    for link in links:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    end, count, bad = time.monotonic() + seconds, 0, 0
    turn = 0
    while time.monotonic() < end:
        # One request is under way on every connection; answers are small and come in one piece.
        for link in links:
            link.sendall(requests[turn % len(requests)])
            turn += 1
        for link in links:
            answer = link.recv(65536)
            while b"\r\n\r\n" not in answer:
                answer += link.recv(65536)
            head, body = answer.split(b"\r\n\r\n", 1)
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            while len(body) < length:
                body += link.recv(65536)
            count += 1
            bad += b" 200 " not in head[:20]
    print(count, bad)


if __name__ == "__main__":
    main()
