"""CloudFront: the policies that AWS itself keeps, and settings that are read back as they were set."""

import datetime

from moto.cloudfront.models import DefaultCacheBehaviour, Origin, ViewerCertificate
from moto.cloudfront.responses import CloudFrontResponse
from moto.cloudfront.urls import url_paths
from moto.core.responses import ActionResult

from .mend import mend


@mend(Origin, "__init__")
def _origin(original, self, origin):
    """An origin tells its access control."""
    original(self, origin)
    self.origin_access_control_id = origin.get("OriginAccessControlId") or ""


@mend(DefaultCacheBehaviour, "__init__")
def _cache_behaviour(original, self, config):
    """A behaviour with a cache policy has no forwarded values."""
    original(self, config)
    if self.cache_policy_id:
        self.forwarded_values = None


@mend(ViewerCertificate, "__init__")
def _certificate(original, self, config):
    """CloudFront's own certificate has no support method."""
    original(self, config)
    if not config.get("SSLSupportMethod"):
        self.ssl_support_method = None


_MADE = datetime.datetime(2021, 1, 1, tzinfo=datetime.timezone.utc)

# Names and ids of CloudFront's developer guide, as far as terraform/ uses them.
_CACHE_POLICIES = {"658327ea-f89d-4fab-a63d-7e88639e58f6": "Managed-CachingOptimized"}
_HEADER_POLICIES = {"67f7725c-6f97-4210-82d7-5512b31e9d03": "Managed-SecurityHeadersPolicy"}


def _cache_policy(identifier):
    config = {"Name": _CACHE_POLICIES[identifier], "MinTTL": 1, "DefaultTTL": 86400, "MaxTTL": 31536000}
    return {"Id": identifier, "LastModifiedTime": _MADE, "CachePolicyConfig": config}


def _header_policy(identifier):
    config = {"Name": _HEADER_POLICIES[identifier]}
    return {"Id": identifier, "LastModifiedTime": _MADE, "ResponseHeadersPolicyConfig": config}


def _list_cache_policies(self):
    items = [{"Type": "managed", "CachePolicy": _cache_policy(each)} for each in _CACHE_POLICIES]
    return ActionResult({"CachePolicyList": {"MaxItems": 100, "Quantity": len(items), "Items": items}})


def _get_cache_policy(self):
    return ActionResult({"CachePolicy": _cache_policy(self.path.split("/")[-1]), "ETag": "E1"})


def _list_response_headers_policies(self):
    items = [{"Type": "managed", "ResponseHeadersPolicy": _header_policy(each)} for each in _HEADER_POLICIES]
    return ActionResult({"ResponseHeadersPolicyList": {"MaxItems": 100, "Quantity": len(items), "Items": items}})


def _get_response_headers_policy(self):
    return ActionResult({"ResponseHeadersPolicy": _header_policy(self.path.split("/")[-1]), "ETag": "E1"})


CloudFrontResponse.list_cache_policies = _list_cache_policies
CloudFrontResponse.get_cache_policy = _get_cache_policy
CloudFrontResponse.list_response_headers_policies = _list_response_headers_policies
CloudFrontResponse.get_response_headers_policy = _get_response_headers_policy
for _path in ("cache-policy", "response-headers-policy"):
    url_paths[f"{{0}}/2020-05-31/{_path}$"] = CloudFrontResponse.dispatch
    url_paths[f"{{0}}/2020-05-31/{_path}/(?P<policy_id>[^/]+)$"] = CloudFrontResponse.dispatch
