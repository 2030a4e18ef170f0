/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PORT_CRYPTO_INTERNAL_H
#define PORT_CRYPTO_INTERNAL_H

/*
 * After a failed call of OpenSSL: DS_ESYS with its first reason, or
 * DS_ENOMEM.  Its queue of errors is empty afterwards.
 */
int ds_crypto__err(const char *what);

#endif
