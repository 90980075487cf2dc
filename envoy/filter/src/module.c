// SPDX-License-Identifier: Apache-2.0
/* libriftgate.so: what Envoy asks first of a module. */

#include "envoy.h"

const char *envoy_dynamic_module_on_program_init(void)
{
	return ABI_VERSION;
}
