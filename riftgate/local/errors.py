# SPDX-License-Identifier: Apache-2.0
"""What goes wrong with pods on this machine."""


class LocalError(RuntimeError):
    """The machine could not do what a pod needs; the text says what failed and what to do."""
