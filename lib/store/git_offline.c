/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libgit2 without its network.  Where libgit2 is linked statically, configure
 * has the linker turn these entries to its TLS, HTTP and SSH code hither, so
 * that a process starts without them: in under a millisecond instead of
 * nine.  The first two are called at each start and succeed; the others are
 * reached by no command and fail.
 */
#include "ds/compat.h"

int __wrap_git_mbedtls_stream_global_init(void);
int __wrap_git_transport_ssh_global_init(void);
int __wrap_git_mbedtls_stream_new(void **, const char *, const char *);
int __wrap_git_mbedtls_stream_wrap(void **, void *, const char *);
int __wrap_git_mbedtls__set_cert_location(const char *, const char *);
int __wrap_git_smart_subtransport_http(void **, void *, void *);
int __wrap_git_smart_subtransport_ssh(void **, void *, void *);
int __wrap_git_http_auth_negotiate(void **, const void *);

int
__wrap_git_mbedtls_stream_global_init(void)
{
	return 0;
}

int
__wrap_git_transport_ssh_global_init(void)
{
	return 0;
}

int
__wrap_git_mbedtls_stream_new(void **out, const char *host, const char *port)
{
	(void)host;
	(void)port;
	*out = NULL;
	return -1;
}

int
__wrap_git_mbedtls_stream_wrap(void **out, void *inner, const char *host)
{
	(void)inner;
	(void)host;
	*out = NULL;
	return -1;
}

int
__wrap_git_mbedtls__set_cert_location(const char *file, const char *path)
{
	(void)file;
	(void)path;
	return -1;
}

int
__wrap_git_smart_subtransport_http(void **out, void *owner, void *arg)
{
	(void)owner;
	(void)arg;
	*out = NULL;
	return -1;
}

int
__wrap_git_smart_subtransport_ssh(void **out, void *owner, void *arg)
{
	(void)owner;
	(void)arg;
	*out = NULL;
	return -1;
}

int
__wrap_git_http_auth_negotiate(void **out, const void *url)
{
	(void)url;
	*out = NULL;
	return -1;
}
