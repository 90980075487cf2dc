// SPDX-License-Identifier: Apache-2.0
/* What the module uses of Envoy's interface for HTTP filters; see envoy.h. Envoy wants all the functions it calls to be
 * there, also those that nothing ever leads to. */

#ifndef RIFTGATE_HTTP_H
#define RIFTGATE_HTTP_H

#include "envoy.h"

enum headers_status {
	HEADERS_CONTINUE = 0,
	/* Body and trailers wait too, and whoever sends them is slowed down once the buffer is full. */
	HEADERS_STOP_ALL_AND_WATERMARK = 4
};
enum body_status {
	BODY_CONTINUE = 0,
	BODY_STOP_NO_BUFFER = 3
};
enum trailers_status {
	TRAILERS_CONTINUE,
	TRAILERS_STOP
};
enum stream_reset_reason {
	LOCAL_RESET
};
enum header_map {
	REQUEST_HEADERS
};
enum metadata_source {
	METADATA_DYNAMIC
};
enum body {
	BODY_RECEIVED_REQUEST,
	BODY_BUFFERED_REQUEST,
	BODY_RECEIVED_RESPONSE,
	BODY_BUFFERED_RESPONSE
};

/* With what each configuration, route and stream of a filter begins: whose it is. */
struct object {
	const struct http_filter *filter;
};

/* A filter by its name in Envoy's configuration. Who makes something gives NULL where it cannot be, or is not wanted. */
struct http_filter {
	const char *name;
	void *(*config_new)(void *envoys);
	void (*config_destroy)(void *config);
	/* On the main thread. */
	void (*config_scheduled)(void *config);
	void *(*route_new)(struct text value);
	void (*route_destroy)(void *route);
	void *(*stream_new)(void *config);
	void (*stream_destroy)(void *stream);
	/* NULL for each of these with which it has nothing to do. */
	enum headers_status (*request_headers)(void *filter, void *stream);
	enum headers_status (*response_headers)(void *filter, void *stream);
	enum body_status (*request_body)(void *filter, void *stream, bool end);
	enum body_status (*response_body)(void *filter, void *stream, bool end);
	enum trailers_status (*response_trailers)(void *filter, void *stream);
	void (*scheduled)(void *filter, void *stream);
};

extern const struct http_filter cut_request, cut_response, hold_request, hold_response, lease;

/* --- what Envoy calls ------------------------------------------------------------------------------------------- */

EXPORT void *envoy_dynamic_module_on_http_filter_config_new(void *config, struct text name, struct text value);
EXPORT void envoy_dynamic_module_on_http_filter_config_destroy(void *ours);
EXPORT void envoy_dynamic_module_on_http_filter_config_scheduled(void *envoys, void *ours, uint64_t event);
EXPORT void *envoy_dynamic_module_on_http_filter_per_route_config_new(struct text name, struct text value);
EXPORT void envoy_dynamic_module_on_http_filter_per_route_config_destroy(void *route);
EXPORT void *envoy_dynamic_module_on_http_filter_new(void *ours, void *filter);
EXPORT enum headers_status envoy_dynamic_module_on_http_filter_request_headers(void *filter, void *ours, bool end);
EXPORT enum body_status envoy_dynamic_module_on_http_filter_request_body(void *filter, void *ours, bool end);
EXPORT enum trailers_status envoy_dynamic_module_on_http_filter_request_trailers(void *filter, void *ours);
EXPORT enum headers_status envoy_dynamic_module_on_http_filter_response_headers(void *filter, void *ours, bool end);
EXPORT enum body_status envoy_dynamic_module_on_http_filter_response_body(void *filter, void *ours, bool end);
EXPORT enum trailers_status envoy_dynamic_module_on_http_filter_response_trailers(void *filter, void *ours);
EXPORT void envoy_dynamic_module_on_http_filter_stream_complete(void *filter, void *ours);
EXPORT void envoy_dynamic_module_on_http_filter_destroy(void *ours);
EXPORT void envoy_dynamic_module_on_http_filter_scheduled(void *filter, void *ours, uint64_t event);
EXPORT void envoy_dynamic_module_on_http_filter_http_callout_done(void *filter, void *ours, uint64_t callout,
								  enum callout_result result,
								  struct header *headers, size_t header_count,
								  struct text *chunks, size_t chunk_count);
EXPORT void envoy_dynamic_module_on_http_filter_http_stream_headers(void *filter, void *ours, uint64_t stream,
								    struct header *headers, size_t header_count,
								    bool end);
EXPORT void envoy_dynamic_module_on_http_filter_http_stream_data(void *filter, void *ours, uint64_t stream,
								 const struct text *chunks, size_t chunk_count,
								 bool end);
EXPORT void envoy_dynamic_module_on_http_filter_http_stream_trailers(void *filter, void *ours, uint64_t stream,
								     struct header *trailers, size_t trailer_count);
EXPORT void envoy_dynamic_module_on_http_filter_http_stream_complete(void *filter, void *ours, uint64_t stream);
EXPORT void envoy_dynamic_module_on_http_filter_http_stream_reset(void *filter, void *ours, uint64_t stream,
								  int reason);
EXPORT void envoy_dynamic_module_on_http_filter_downstream_above_write_buffer_high_watermark(void *filter,
											     void *ours);
EXPORT void envoy_dynamic_module_on_http_filter_downstream_below_write_buffer_low_watermark(void *filter,
											    void *ours);

/* --- what Envoy has for HTTP filters ---------------------------------------------------------------------------- */

/* The value replaces all there are under that name, of whichever message; on its worker thread. */
bool envoy_dynamic_module_callback_http_set_header(void *filter, enum header_map map, struct text key,
						   struct text value);
/* The route is chosen anew when a filter asks for it the next time. */
void envoy_dynamic_module_callback_http_clear_route_cache(void *filter);

/* What the route says to this filter; NULL: nothing. */
const void *envoy_dynamic_module_callback_get_most_specific_route_config(void *filter);

bool envoy_dynamic_module_callback_http_get_metadata_string(void *filter, enum metadata_source source,
							    struct text name_space, struct text key,
							    struct text *value);
void envoy_dynamic_module_callback_http_set_dynamic_metadata_string(void *filter, struct text name_space,
								    struct text key, struct text value);

/* From any thread: ..._config_scheduled is called on the main thread, if the configuration still is. */
void *envoy_dynamic_module_callback_http_filter_config_scheduler_new(void *config);
void envoy_dynamic_module_callback_http_filter_config_scheduler_delete(void *scheduler);
void envoy_dynamic_module_callback_http_filter_config_scheduler_commit(void *scheduler, uint64_t event);

/* What Envoy's runtime has under the key, in whichever of its layers; on the main thread, else always `otherwise`. */
uint64_t envoy_dynamic_module_callback_get_runtime_int(struct text key, uint64_t otherwise);

size_t envoy_dynamic_module_callback_http_get_body_size(void *filter, enum body body);
size_t envoy_dynamic_module_callback_http_get_body_chunks_size(void *filter, enum body body);
bool envoy_dynamic_module_callback_http_get_body_chunks(void *filter, enum body body, struct text *chunks);
bool envoy_dynamic_module_callback_http_append_body(void *filter, enum body body, struct text data);
bool envoy_dynamic_module_callback_http_drain_body(void *filter, enum body body, size_t length);

/* Within one of the filter's events: no other one comes but its end. */
void envoy_dynamic_module_callback_http_filter_reset_stream(void *filter, enum stream_reset_reason reason,
							    struct text details);
void envoy_dynamic_module_callback_http_filter_continue_decoding(void *filter);
void envoy_dynamic_module_callback_http_filter_continue_encoding(void *filter);

void *envoy_dynamic_module_callback_http_filter_scheduler_new(void *filter);
void envoy_dynamic_module_callback_http_filter_scheduler_delete(void *scheduler);
/* From any thread. */
void envoy_dynamic_module_callback_http_filter_scheduler_commit(void *scheduler, uint64_t event);

#endif
