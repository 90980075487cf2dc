// SPDX-License-Identifier: Apache-2.0
/* What Riftgate's module uses of the interface that Envoy 1.40 has for dynamic modules (`abi.h` of its sources): Envoy
 * calls the functions `envoy_dynamic_module_on_...`, the module those named `envoy_dynamic_module_callback_...`, which
 * the process that loads it has. All but scheduler_commit are called on the worker thread of the filter only. */

#ifndef RIFTGATE_ENVOY_H
#define RIFTGATE_ENVOY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

/* Of the interface. Envoy warns where it is not its own. */
#define ABI_VERSION "v0.2.0"

/* Bytes of Envoy's or of the module's; nobody frees the other's. */
struct text {
	const char *data;
	size_t length;
};

struct header {
	const char *key;
	size_t key_length;
	const char *value;
	size_t value_length;
};

enum filter_status {
	CONTINUE,
	STOP_ITERATION
};
enum close_type {
	FLUSH_WRITE,
	NO_FLUSH,
	FLUSH_WRITE_AND_DELAY,
	ABORT,
	ABORT_RESET
};
enum connection_event {
	REMOTE_CLOSE,
	LOCAL_CLOSE,
	CONNECTED,
	CONNECTED_ZERO_RTT
};
enum callout_start {
	CALLOUT_STARTED,
	CALLOUT_MISSING_HEADERS,
	CALLOUT_NO_CLUSTER,
	CALLOUT_DUPLICATE,
	CALLOUT_REFUSED
};
enum callout_result {
	CALLOUT_SUCCESS,
	CALLOUT_RESET,
	CALLOUT_TOO_LARGE
};

/* --- what Envoy calls ------------------------------------------------------------------------------------------- */

EXPORT const char *envoy_dynamic_module_on_program_init(void);

EXPORT void *envoy_dynamic_module_on_network_filter_config_new(void *config, struct text name, struct text value);
EXPORT void envoy_dynamic_module_on_network_filter_config_destroy(void *ours);
EXPORT void *envoy_dynamic_module_on_network_filter_new(void *ours, void *filter);
EXPORT enum filter_status envoy_dynamic_module_on_network_filter_new_connection(void *filter, void *ours);
EXPORT enum filter_status envoy_dynamic_module_on_network_filter_read(void *filter, void *ours, size_t length,
								      bool end_stream);
EXPORT enum filter_status envoy_dynamic_module_on_network_filter_write(void *filter, void *ours, size_t length,
								       bool end_stream);
EXPORT void envoy_dynamic_module_on_network_filter_event(void *filter, void *ours, enum connection_event event);
EXPORT void envoy_dynamic_module_on_network_filter_destroy(void *ours);
EXPORT void envoy_dynamic_module_on_network_filter_http_callout_done(void *filter, void *ours, uint64_t callout,
								     enum callout_result result,
								     struct header *headers, size_t header_count,
								     struct text *chunks, size_t chunk_count);
EXPORT void envoy_dynamic_module_on_network_filter_scheduled(void *filter, void *ours, uint64_t event);

/* --- what Envoy has for network filters ------------------------------------------------------------------------- */

/* What came in (read) or is to go out (write) to who dialled; within the call that tells of it. */
size_t envoy_dynamic_module_callback_network_filter_get_read_buffer_chunks_size(void *filter);
bool envoy_dynamic_module_callback_network_filter_get_read_buffer_chunks(void *filter, struct text *chunks);
size_t envoy_dynamic_module_callback_network_filter_get_write_buffer_chunks_size(void *filter);
bool envoy_dynamic_module_callback_network_filter_get_write_buffer_chunks(void *filter, struct text *chunks);
bool envoy_dynamic_module_callback_network_filter_drain_read_buffer(void *filter, size_t length);
bool envoy_dynamic_module_callback_network_filter_drain_write_buffer(void *filter, size_t length);

/* To the filters behind this one; at once, and they may close the connection meanwhile. */
void envoy_dynamic_module_callback_network_filter_inject_read_data(void *filter, struct text data, bool end_stream);
void envoy_dynamic_module_callback_network_filter_inject_write_data(void *filter, struct text data,
								    bool end_stream);

void envoy_dynamic_module_callback_network_filter_close(void *filter, enum close_type type);
/* Envoy's own close of the connection, or the other end's, waits until it is no longer disabled. */
void envoy_dynamic_module_callback_network_filter_disable_close(void *filter, bool disabled);
/* Counted: as often enabled as disabled. */
int envoy_dynamic_module_callback_network_filter_read_disable(void *filter, bool disabled);

uint64_t envoy_dynamic_module_callback_network_filter_get_connection_id(void *filter);
bool envoy_dynamic_module_callback_network_filter_get_local_address(void *filter, struct text *address,
								    uint32_t *port);
bool envoy_dynamic_module_callback_network_filter_get_remote_address(void *filter, struct text *address,
								     uint32_t *port);
void envoy_dynamic_module_callback_network_set_dynamic_metadata_string(void *filter, struct text name_space,
								       struct text key, struct text value);

/* Its end is told by ..._http_callout_done, unless the filter is destroyed before. */
enum callout_start envoy_dynamic_module_callback_network_filter_http_callout(void *filter, uint64_t *callout,
									     struct text cluster,
									     struct header *headers,
									     size_t header_count, struct text body,
									     uint64_t timeout_milliseconds);

void *envoy_dynamic_module_callback_network_filter_scheduler_new(void *filter);
void envoy_dynamic_module_callback_network_filter_scheduler_delete(void *scheduler);
/* From any thread: ..._scheduled is called on the worker thread, if the filter still is. */
void envoy_dynamic_module_callback_network_filter_scheduler_commit(void *scheduler, uint64_t event);

#endif
