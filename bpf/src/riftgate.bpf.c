// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* One object: the programs share their maps. */
#include "policy.h"

#include "sockets.h"
#include "accelerate.h"
#include "steering.h"
#include "sidecar.h"
#include "link.h"
#include "process.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
