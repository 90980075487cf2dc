// SPDX-License-Identifier: Apache-2.0
/* What the module uses of Envoy's interface for transport sockets; see envoy.h. Envoy wants all the functions it calls to
 * be there. All of them are called on the worker thread of the connection, but for those of the configuration. */

#ifndef RIFTGATE_TRANSPORT_H
#define RIFTGATE_TRANSPORT_H

#include "envoy.h"

enum after_io {
	KEEP_OPEN,
	CLOSE_CONNECTION
};
struct io_result {
	enum after_io action;
	uint64_t bytes;
	bool end_stream;
};
enum io_status {
	IO_DONE,
	IO_AGAIN,
	IO_ERROR
};

/* --- what Envoy calls ------------------------------------------------------------------------------------------- */

EXPORT const void *envoy_dynamic_module_on_transport_socket_factory_config_new(void *config, struct text name,
									       struct text value, bool upstream);
EXPORT void envoy_dynamic_module_on_transport_socket_factory_config_destroy(const void *ours);
EXPORT const void *envoy_dynamic_module_on_transport_socket_new(const void *config, void *socket);
EXPORT void envoy_dynamic_module_on_transport_socket_destroy(const void *ours);
EXPORT void envoy_dynamic_module_on_transport_socket_set_callbacks(void *socket, const void *ours);
EXPORT void envoy_dynamic_module_on_transport_socket_on_connected(void *socket, const void *ours);
EXPORT struct io_result envoy_dynamic_module_on_transport_socket_do_read(void *socket, const void *ours);
EXPORT struct io_result envoy_dynamic_module_on_transport_socket_do_write(void *socket, const void *ours,
									  bool end_stream);
EXPORT void envoy_dynamic_module_on_transport_socket_close(void *socket, const void *ours,
							   enum connection_event event, bool reset);
EXPORT void envoy_dynamic_module_on_transport_socket_get_protocol(void *socket, const void *ours,
								  struct text *protocol);
EXPORT void envoy_dynamic_module_on_transport_socket_get_failure_reason(void *socket, const void *ours,
									struct text *reason);
EXPORT bool envoy_dynamic_module_on_transport_socket_can_flush_close(void *socket, const void *ours);
EXPORT bool envoy_dynamic_module_on_transport_socket_start_secure_transport(void *socket, const void *ours);

/* --- what Envoy has for transport sockets ----------------------------------------------------------------------- */

enum io_status envoy_dynamic_module_callback_transport_socket_io_read(void *socket, char *bytes, size_t length,
								      size_t *done);
enum io_status envoy_dynamic_module_callback_transport_socket_io_write(void *socket, const char *bytes,
								       size_t length, size_t *done);
void envoy_dynamic_module_callback_transport_socket_io_shutdown_write(void *socket);
int envoy_dynamic_module_callback_transport_socket_get_fd(void *socket);
void envoy_dynamic_module_callback_transport_socket_raise_event(void *socket, enum connection_event event);

/* Within do_read. */
void envoy_dynamic_module_callback_transport_socket_read_buffer_add(void *socket, const char *bytes, size_t length);
bool envoy_dynamic_module_callback_transport_socket_should_drain_read_buffer(void *socket);
/* There is more to read than Envoy wants now. */
void envoy_dynamic_module_callback_transport_socket_set_is_readable(void *socket);

/* Within do_write; `count` is how many there is room for, and then how many there are. */
void envoy_dynamic_module_callback_transport_socket_write_buffer_get_slices(void *socket, struct text *slices,
									    size_t *count);
void envoy_dynamic_module_callback_transport_socket_write_buffer_drain(void *socket, size_t length);

#endif
