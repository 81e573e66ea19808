"""From edits to a checked patch: applied exactly, shown as a diff that `git apply` accepts, parsed where it can be.

PatchError            the edits do not make a patch; names the path and says why
"""

from analysis.patch.apply import FilePatch, Patch, PatchError, apply_edits, diff_bytes
from analysis.patch.between import edits_between
from analysis.patch.proof import ProofLevel, prove
from analysis.patch.replaced import replaced_lines
from analysis.patch.text import split_lines, text_of

__all__ = [
    "FilePatch",
    "Patch",
    "PatchError",
    "ProofLevel",
    "apply_edits",
    "diff_bytes",
    "edits_between",
    "prove",
    "replaced_lines",
    "split_lines",
    "text_of",
]
