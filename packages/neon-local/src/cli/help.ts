export const HELP = `Usage: neon-local --postgres postgres://host:port [options]

A Neon endpoint (SQL over HTTP and WebSocket) in front of any Postgres, for tests and development.

Options:
  --postgres <url>                 Where Postgres listens; for TLS with ?sslmode=require or ?sslmode=verify-full.
                                   User, password and database come with each request
  --port <number>                  To listen on, 0 for a free one (default: 4444)
  --host <address>                 To listen on (default: 127.0.0.1)
  --allow-host <name>              Answer requests whose Host is this name, next to localhost, IP addresses and
                                   --host; may be repeated
  --allow-origin <origin>          Answer pages of this origin (http://localhost:5173); by default no page is
                                   answered; may be repeated
  --role-password <role=password>  The password, or authToken, that requests of this role must have; may be repeated
  --json                           When ready, print one line of JSON: {"host", "port", "httpUrl", "wsProxy"}
  --stop-with-stdin                Stop when stdin closes, so that it ends with the process that started it
  --help, -h                       This text
  --version                        The version of neon-local
`;
