# SPDX-License-Identifier: Apache-2.0
"""Whether the kernel's list of security modules has BPF in it, and what to do where it has not."""

from bpf.lsm import judge


def test_in_force_where_the_kernel_asks_bpf() -> None:
    assert judge("lockdown,capability,yama,bpf\n").enforced


def test_a_list_without_bpf_says_what_to_boot_with() -> None:
    isolation = judge("lockdown,capability,yama\n")
    assert not isolation.enforced
    assert isolation.why_not == "bpf is not among the active security modules (lockdown, capability, yama)"
    assert isolation.todo == "put lsm=lockdown,capability,yama,bpf on the kernel's command line, then reboot"


def test_a_kernel_without_security_modules() -> None:
    isolation = judge(None)
    assert (isolation.enforced, isolation.why_not) == (False, "this kernel has no security modules")
