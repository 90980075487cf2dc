# SPDX-License-Identifier: Apache-2.0
"""Scenarios: which faults to inject, for how long, and what must stay true meanwhile.

    file --parse--> Scenario --runner--> World.activate / renew / deactivate
                                 |              |
                               probes         flows
                                 |              |
                                 +---> events --+--> journal (JSON lines) --> report

The runner acts on the world only through `scenarios.world.World`; everything it learns is an event of
`scenarios.events`, and the report is a pure function of those events, so it can be rebuilt from a journal.
"""
