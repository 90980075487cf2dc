// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* linux/bpf.h, to be included through here: of the contexts in it the verifier takes accesses at constant offsets alone,
 * and without the attribute clang computes some of them first. */
#pragma once

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_static_offset)), apply_to = record)
#include <linux/bpf.h>
#pragma clang attribute pop
