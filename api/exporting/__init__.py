"""Tables that can be exported: each declared once, in every format, streamed without a limit."""
