"""A broadcast with uWebSockets, through socketify: topics, as its documentation has it."""

import sys

from socketify import App, OpCode

app = App()
app.ws(
    "/*",
    {
        "open": lambda ws: ws.subscribe("all"),
        "message": lambda ws, message, opcode: app.publish("all", message, opcode),
        "max_backpressure": 64 * 1024 * 1024,
    },
)
app.listen(
    {"port": int(sys.argv[1]), "host": "127.0.0.1"},
    lambda config: print(f"listening on 127.0.0.1:{config.port}", flush=True),
)
app.run()
