"""What Terraform sets is read back as it was set: else its next plan would not be empty."""

import json
import uuid

import pytest
from botocore.exceptions import ClientError

PARAMETERS = [{"ParameterName": "log_connections", "ParameterValue": "1", "ApplyMethod": "immediate"}]


@pytest.fixture
def name():
    return f"name-{uuid.uuid4()}"


@pytest.fixture
def network(client):
    """A subnet and two security groups of one VPC."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    groups = [
        ec2.create_security_group(VpcId=vpc, GroupName=text, Description=text)["GroupId"] for text in ("one", "two")
    ]
    return subnet, groups


def test_a_rule_that_names_a_group_keeps_its_description(client, network):
    ec2, (_, (one, two)) = client("ec2"), network
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 5432,
        "ToPort": 5432,
        "UserIdGroupPairs": [{"GroupId": two, "Description": "From two"}],
    }
    rule = ec2.authorize_security_group_ingress(GroupId=one, IpPermissions=[permission])["SecurityGroupRules"][0]
    read = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])["SecurityGroupRules"][0]
    assert read["Description"] == "From two"
    assert read["ReferencedGroupInfo"]["GroupId"] == two


def test_a_rule_that_is_gone_is_told_by_its_own_code(client):
    with pytest.raises(ClientError) as error:
        client("ec2").describe_security_group_rules(SecurityGroupRuleIds=["sgr-0123456789abcdef0"])
    assert error.value.response["Error"]["Code"] == "InvalidSecurityGroupRuleId.NotFound"


def test_a_bucket_says_whether_event_bridge_is_told(s3, bucket):
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket=bucket)
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    assert s3.get_bucket_notification_configuration(Bucket=bucket)["EventBridgeConfiguration"] == {}


def test_a_bucket_that_wants_tls_takes_loopback_for_it_and_refuses_the_rest(s3, bucket):
    def deny(action, **more):
        resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
        return {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": resources, **more}

    tls = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    policy = {"Version": "2012-10-17", "Statement": [deny("s3:*", **tls), deny("s3:DeleteObject")]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    s3.put_object(Bucket=bucket, Key="a", Body=b"body")
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"body"
    with pytest.raises(ClientError) as error:
        s3.delete_object(Bucket=bucket, Key="a")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_compute_environment_without_a_role_gets_the_service_linked_one(client, network, name):
    batch, (subnet, groups) = client("batch"), network
    resources = {"type": "FARGATE", "maxvCpus": 4, "subnets": [subnet], "securityGroupIds": groups}
    for each in (name, name + "-2"):
        batch.create_compute_environment(computeEnvironmentName=each, type="MANAGED", computeResources=resources)
        (read,) = batch.describe_compute_environments(computeEnvironments=[each])["computeEnvironments"]
        assert read["serviceRole"].endswith("role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch")


def create_service(client, name, **settings):
    ecs = client("ecs")
    ecs.create_cluster(clusterName=name)
    container = {"name": "main", "image": "image", "memory": 128}
    ecs.register_task_definition(family=name, containerDefinitions=[container])
    ecs.create_service(cluster=name, serviceName=name, taskDefinition=name, desiredCount=1, **settings)
    return ecs


def test_a_service_tells_its_settings(client, name):
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    ecs = create_service(client, name, healthCheckGracePeriodSeconds=60, deploymentConfiguration=breaker)
    (read,) = ecs.describe_services(cluster=name, services=[name])["services"]
    assert (read["availabilityZoneRebalancing"], read["healthCheckGracePeriodSeconds"]) == ("DISABLED", 60)
    assert read["deploymentConfiguration"] == breaker


def test_a_service_with_a_capacity_provider_has_no_launch_type(client, name):
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    ecs = create_service(client, name, capacityProviderStrategy=strategy)
    (read,) = ecs.describe_services(cluster=name, services=[name])["services"]
    assert "launchType" not in read
    assert read["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}]


def test_a_scalable_target_keeps_its_tags(client, name):
    create_service(client, name)
    scaling = client("application-autoscaling")
    arn = scaling.register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{name}/{name}",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=2,
        Tags={"a": "1", "b": "2"},
    )["ScalableTargetARN"]
    scaling.tag_resource(ResourceARN=arn, Tags={"c": "3"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"b": "2", "c": "3"}


def test_parameters_that_were_set_are_the_users(client, name):
    rds = client("rds")
    rds.create_db_parameter_group(DBParameterGroupName=name, DBParameterGroupFamily="postgres16", Description="-")
    rds.modify_db_parameter_group(DBParameterGroupName=name, Parameters=PARAMETERS)
    assert rds.describe_db_parameters(DBParameterGroupName=name)["Parameters"] == [{**PARAMETERS[0], "Source": "user"}]


def test_a_database_says_whether_its_performance_is_watched(client, name):
    rds = client("rds")
    for identifier, watched in ((name, True), (name + "-2", False)):
        rds.create_db_instance(
            DBInstanceIdentifier=identifier,
            DBInstanceClass="db.t4g.medium",
            Engine="postgres",
            MasterUsername="framelake",
            ManageMasterUserPassword=True,
            AllocatedStorage=20,
            EnablePerformanceInsights=watched,
        )
        (read,) = rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
        assert read["PerformanceInsightsEnabled"] is watched
    rds.modify_db_instance(DBInstanceIdentifier=name, EnablePerformanceInsights=False)
    (read,) = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    assert read["PerformanceInsightsEnabled"] is False


def test_cloudfront_knows_its_managed_policies(client):
    cloudfront = client("cloudfront")
    (policy,) = [
        item["CachePolicy"]
        for item in cloudfront.list_cache_policies(Type="managed")["CachePolicyList"]["Items"]
        if item["CachePolicy"]["CachePolicyConfig"]["Name"] == "Managed-CachingOptimized"
    ]
    read = cloudfront.get_cache_policy(Id=policy["Id"])["CachePolicy"]["CachePolicyConfig"]
    assert read["Name"] == "Managed-CachingOptimized"
    (policy,) = [
        item["ResponseHeadersPolicy"]
        for item in cloudfront.list_response_headers_policies()["ResponseHeadersPolicyList"]["Items"]
    ]
    read = cloudfront.get_response_headers_policy(Id=policy["Id"])["ResponseHeadersPolicy"]
    assert read["ResponseHeadersPolicyConfig"]["Name"] == "Managed-SecurityHeadersPolicy"


def test_a_distribution_tells_its_settings(client, name):
    origin = {
        "Id": "bucket",
        "DomainName": f"{name}.s3.us-east-1.amazonaws.com",
        "OriginAccessControlId": "E2QWRUHAPOMQZL",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    behaviour = {
        "TargetOriginId": "bucket",
        "ViewerProtocolPolicy": "redirect-to-https",
        "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    }
    config = {
        "CallerReference": name,
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": behaviour,
        "ViewerCertificate": {"CloudFrontDefaultCertificate": True},
    }
    made = client("cloudfront").create_distribution(DistributionConfig=config)["Distribution"]["Id"]
    read = client("cloudfront").get_distribution(Id=made)["Distribution"]["DistributionConfig"]
    assert read["Origins"]["Items"][0]["OriginAccessControlId"] == "E2QWRUHAPOMQZL"
    assert "ForwardedValues" not in read["DefaultCacheBehavior"]
    assert "SSLSupportMethod" not in read["ViewerCertificate"]


def test_an_upload_goes_on_when_a_rule_names_a_function(client, s3, bucket, name):
    """The function itself is run only with --programs."""
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    events = client("events")
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    function = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": function}])
    s3.put_object(Bucket=bucket, Key="videos/a.mp4", Body=b"video")
    assert s3.get_object(Bucket=bucket, Key="videos/a.mp4")["Body"].read() == b"video"
