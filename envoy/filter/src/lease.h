// SPDX-License-Identifier: Apache-2.0
/* When faults on requests end, whoever is dead or has stood still: Envoy's runtime has it for each that is on, as
 * l7filters/translate/fault_leases.py writes it. */

#ifndef RIFTGATE_LEASE_H
#define RIFTGATE_LEASE_H

#include <stdbool.h>
#include <stdint.h>

/* By what the runtime says: milliseconds of CLOCK_BOOTTIME, 0 for a fault that is not on. */
bool lease_is_on(uint64_t until);

#endif
