# SPDX-License-Identifier: Apache-2.0
"""What a change is refused with, besides InputError: nothing has changed then."""


class Rejected(Exception):
    """A change that is not live: the previous configuration is. The text is in Envoy's or the agent's words."""


class Conflict(Exception):
    """A request that does not go with what is on now."""


class Unable(Exception):
    """What the agent's host cannot do; the text names what it lacks, and what brings it."""
