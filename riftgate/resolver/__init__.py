# SPDX-License-Identifier: Apache-2.0
"""The DNS resolver of the pods: a process of its own, which the agent starts and tells what there is.

knowledge.py   what the agent tells it: names of the mesh, who may ask what, names of toFQDNs rules, faults
answers.py     pure: a query and the knowledge in, an answer (or `forward`) out
faults.py      chaos in names: which queries are struck, and how
learned.py     addresses that the upstream gave for names of toFQDNs rules, on their way into the kernel
server.py      its sockets: UDP and TCP in the node's network namespace, the upstream in the machine's own
process.py     the process: the agent's words on standard input, its own on standard output
"""
