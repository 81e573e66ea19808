"""The sandbox in a browser: the pages that GitHub's answers link to, plain but readable, for the demo and its pictures.

Whoever opens them acts as any person of the sandbox: there is no sign-in, as there is nothing here but what was made
for a demo or a test on this machine.
"""

from sandbox.pages.routes import page_routes

__all__ = ["page_routes"]
