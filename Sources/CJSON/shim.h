#ifndef CJSON_SHIM_H
#define CJSON_SHIM_H

#include <json-c/json_object.h>
#include <json-c/json_object_iterator.h>
#include <json-c/json_tokener.h>

#endif
