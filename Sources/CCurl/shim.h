// libcurl for Swift: typed forms of the variadic calls, which Swift cannot import.
#ifndef FRAMELAKE_CCURL_SHIM_H
#define FRAMELAKE_CCURL_SHIM_H

#include <curl/curl.h>
#include <sys/socket.h>

#pragma clang assume_nonnull begin

typedef size_t (*ccurl_data_callback)(char *_Nullable bytes, size_t size, size_t count, void *_Nullable context);

static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

/// For options whose string libcurl copies.
static inline CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

/// For options that keep the pointer (buffers, lists, contexts): it must outlive the transfer.
static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *_Nullable value) {
    return curl_easy_setopt(easy, option, value);
}

/// For `CURLOPT_WRITEFUNCTION` and `CURLOPT_HEADERFUNCTION`.
static inline CURLcode ccurl_set_callback(CURL *easy, CURLoption option, ccurl_data_callback callback) {
    return curl_easy_setopt(easy, option, callback);
}

static inline CURLcode ccurl_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline curl_socket_t ccurl_open_socket(void *_Nullable context, curlsocktype purpose,
                                              struct curl_sockaddr *address) {
    (void)context;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/// Sockets are closed in child processes: a program that is started here never inherits a connection.
static inline CURLcode ccurl_close_sockets_on_exec(CURL *easy) {
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, ccurl_open_socket);
}

/// The result that a `CURLMSG_DONE` message carries in its union.
static inline CURLcode ccurl_result(CURLMsg *message) {
    return message->data.result;
}

#pragma clang assume_nonnull end

#endif
