export const HELP = `Usage: neon-local --postgres postgres://host:port [options]

A Neon endpoint (SQL over HTTP and WebSocket) in front of any Postgres, for tests and development.

Options:
  --postgres <url>                 Where Postgres listens; for TLS with ?sslmode=require or ?sslmode=verify-full.
                                   User, password and database come with each request
  --port <number>                  To listen on, 0 for a free one (default: 4444)
  --host <address>                 To listen on (default: 127.0.0.1)
  --role-password <role=password>  Of a role that comes with an authToken and no password; may be repeated
  --json                           When ready, print one line of JSON: {"host", "port", "httpUrl", "wsProxy"}
  --stop-with-stdin                Stop when stdin closes, so that it ends with the process that started it
  --help, -h                       This text
  --version                        The version of neon-local
`;
