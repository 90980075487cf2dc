// SPDX-License-Identifier: Apache-2.0
/* What Envoy calls of the module's HTTP filters: each of these is passed on to the filter that is meant. */

#include "http.h"
#include "timer.h"

#include <string.h>

static const struct http_filter *const filters[] = { &cut_request, &cut_response, &hold_request, &hold_response,
						     &lease };

static const struct http_filter *find(struct text name)
{
	for (size_t each = 0; each < sizeof filters / sizeof *filters; each++)
		if (strlen(filters[each]->name) == name.length &&
		    memcmp(filters[each]->name, name.data, name.length) == 0)
			return filters[each];
	return NULL;
}

static void *of(const struct http_filter *filter, struct object *object)
{
	if (object != NULL)
		object->filter = filter;
	return object;
}

void *envoy_dynamic_module_on_http_filter_config_new(void *config, struct text name, struct text value)
{
	(void)value;
	const struct http_filter *filter = find(name);
	return filter == NULL ? NULL : of(filter, filter->config_new(config));
}

void envoy_dynamic_module_on_http_filter_config_destroy(void *ours)
{
	struct object *config = ours;
	if (config != NULL)
		config->filter->config_destroy(config);
}

void envoy_dynamic_module_on_http_filter_config_scheduled(void *envoys, void *ours, uint64_t event)
{
	(void)envoys, (void)event;
	struct object *config = ours;
	config->filter->config_scheduled(config);
}

void *envoy_dynamic_module_on_http_filter_per_route_config_new(struct text name, struct text value)
{
	const struct http_filter *filter = find(name);
	return filter == NULL || filter->route_new == NULL ? NULL : of(filter, filter->route_new(value));
}

void envoy_dynamic_module_on_http_filter_per_route_config_destroy(void *ours)
{
	struct object *route = ours;
	if (route != NULL)
		route->filter->route_destroy(route);
}

void *envoy_dynamic_module_on_http_filter_new(void *ours, void *filter)
{
	(void)filter;
	struct object *config = ours;
	return of(config->filter, config->filter->stream_new(config));
}

void envoy_dynamic_module_on_http_filter_destroy(void *ours)
{
	struct object *stream = ours;
	if (stream != NULL)
		stream->filter->stream_destroy(stream);
}

enum headers_status envoy_dynamic_module_on_http_filter_request_headers(void *filter, void *ours, bool end)
{
	(void)end;
	struct object *stream = ours;
	if (stream == NULL || stream->filter->request_headers == NULL)
		return HEADERS_CONTINUE;
	return stream->filter->request_headers(filter, stream);
}

enum headers_status envoy_dynamic_module_on_http_filter_response_headers(void *filter, void *ours, bool end)
{
	(void)end;
	struct object *stream = ours;
	if (stream == NULL || stream->filter->response_headers == NULL)
		return HEADERS_CONTINUE;
	return stream->filter->response_headers(filter, stream);
}

void envoy_dynamic_module_on_http_filter_scheduled(void *filter, void *ours, uint64_t event)
{
	struct object *stream = ours;
	if (stream != NULL && event != WARMING)
		stream->filter->scheduled(filter, stream);
}

/* What comes of bodies and trailers while the headers are held waits in Envoy. */

enum body_status envoy_dynamic_module_on_http_filter_request_body(void *filter, void *ours, bool end)
{
	struct object *stream = ours;
	if (stream == NULL || stream->filter->request_body == NULL)
		return BODY_CONTINUE;
	return stream->filter->request_body(filter, stream, end);
}

enum body_status envoy_dynamic_module_on_http_filter_response_body(void *filter, void *ours, bool end)
{
	struct object *stream = ours;
	if (stream == NULL || stream->filter->response_body == NULL)
		return BODY_CONTINUE;
	return stream->filter->response_body(filter, stream, end);
}

enum trailers_status envoy_dynamic_module_on_http_filter_request_trailers(void *filter, void *ours)
{
	(void)filter, (void)ours;
	return TRAILERS_CONTINUE;
}

enum trailers_status envoy_dynamic_module_on_http_filter_response_trailers(void *filter, void *ours)
{
	struct object *stream = ours;
	if (stream == NULL || stream->filter->response_trailers == NULL)
		return TRAILERS_CONTINUE;
	return stream->filter->response_trailers(filter, stream);
}

void envoy_dynamic_module_on_http_filter_stream_complete(void *filter, void *ours)
{
	(void)filter, (void)ours;
}

/* Nothing is ever asked by these filters, and they are not the last of their chain, but Envoy looks for all of these. */

void envoy_dynamic_module_on_http_filter_http_callout_done(void *filter, void *ours, uint64_t callout,
							   enum callout_result result, struct header *headers,
							   size_t header_count, struct text *chunks,
							   size_t chunk_count)
{
	(void)filter, (void)ours, (void)callout, (void)result, (void)headers, (void)header_count, (void)chunks,
		(void)chunk_count;
}

void envoy_dynamic_module_on_http_filter_http_stream_headers(void *filter, void *ours, uint64_t stream,
							     struct header *headers, size_t header_count, bool end)
{
	(void)filter, (void)ours, (void)stream, (void)headers, (void)header_count, (void)end;
}

void envoy_dynamic_module_on_http_filter_http_stream_data(void *filter, void *ours, uint64_t stream,
							  const struct text *chunks, size_t chunk_count, bool end)
{
	(void)filter, (void)ours, (void)stream, (void)chunks, (void)chunk_count, (void)end;
}

void envoy_dynamic_module_on_http_filter_http_stream_trailers(void *filter, void *ours, uint64_t stream,
							      struct header *trailers, size_t trailer_count)
{
	(void)filter, (void)ours, (void)stream, (void)trailers, (void)trailer_count;
}

void envoy_dynamic_module_on_http_filter_http_stream_complete(void *filter, void *ours, uint64_t stream)
{
	(void)filter, (void)ours, (void)stream;
}

void envoy_dynamic_module_on_http_filter_http_stream_reset(void *filter, void *ours, uint64_t stream, int reason)
{
	(void)filter, (void)ours, (void)stream, (void)reason;
}

void envoy_dynamic_module_on_http_filter_downstream_above_write_buffer_high_watermark(void *filter, void *ours)
{
	(void)filter, (void)ours;
}

void envoy_dynamic_module_on_http_filter_downstream_below_write_buffer_low_watermark(void *filter, void *ours)
{
	(void)filter, (void)ours;
}
