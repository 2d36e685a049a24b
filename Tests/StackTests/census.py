"""Names of all that a stack is made of, as far as AWS lists it: a destroy must bring them back to what was before.

What AWS itself keeps is left out: inactive job definitions, task definitions and clusters, the database's last
snapshot, the roles of its own services.
"""


def census(client):
    ec2, batch, ecs, rds, elb = (client(name) for name in ("ec2", "batch", "ecs", "rds", "elbv2"))
    logs, alarms, events, iam = (client(name) for name in ("logs", "cloudwatch", "events", "iam"))
    s3 = client("s3", s3={"addressing_style": "path"})
    clusters = ecs.list_clusters()["clusterArns"]
    own = [role for role in iam.list_roles()["Roles"] if not role["Path"].startswith("/aws-service-role/")]
    roles = [role["RoleName"] for role in own]
    scalable = client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    secrets = client("secretsmanager").list_secrets(IncludePlannedDeletion=True)["SecretList"]
    active = {"status": "ACTIVE"}

    def names(answer, key, name):
        return [each[name] for each in answer[key]]

    return {
        "buckets": names(s3.list_buckets(), "Buckets", "Name"),
        "queues": client("sqs").list_queues().get("QueueUrls", []),
        "secrets": [secret["Name"] for secret in secrets],
        "repositories": names(client("ecr").describe_repositories(), "repositories", "repositoryName"),
        "compute environments": names(
            batch.describe_compute_environments(), "computeEnvironments", "computeEnvironmentName"
        ),
        "job queues": names(batch.describe_job_queues(), "jobQueues", "jobQueueName"),
        "job definitions": names(batch.describe_job_definitions(**active), "jobDefinitions", "jobDefinitionArn"),
        "functions": names(client("lambda").list_functions(), "Functions", "FunctionName"),
        "rules": names(events.list_rules(), "Rules", "Name"),
        "schedules": names(client("scheduler").list_schedules(), "Schedules", "Name"),
        "clusters": [
            cluster["clusterName"]
            for cluster in (ecs.describe_clusters(clusters=clusters)["clusters"] if clusters else [])
            if cluster["status"] == "ACTIVE"
        ],
        "task definitions": ecs.list_task_definitions(**active)["taskDefinitionArns"],
        "scalable targets": [target["ResourceId"] for target in scalable],
        "load balancers": names(elb.describe_load_balancers(), "LoadBalancers", "LoadBalancerName"),
        "target groups": names(elb.describe_target_groups(), "TargetGroups", "TargetGroupName"),
        "databases": names(rds.describe_db_instances(), "DBInstances", "DBInstanceIdentifier"),
        "parameter groups": names(rds.describe_db_parameter_groups(), "DBParameterGroups", "DBParameterGroupName"),
        "subnet groups": names(rds.describe_db_subnet_groups(), "DBSubnetGroups", "DBSubnetGroupName"),
        "log groups": names(logs.describe_log_groups(), "logGroups", "logGroupName"),
        "log policies": names(logs.describe_resource_policies(), "resourcePolicies", "policyName"),
        "alarms": names(alarms.describe_alarms(), "MetricAlarms", "AlarmName"),
        "dashboards": names(alarms.list_dashboards(), "DashboardEntries", "DashboardName"),
        "topics": names(client("sns").list_topics(), "Topics", "TopicArn"),
        "roles": roles,
        "role policies": [
            f"{role}/{policy}" for role in roles for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]
        ],
        "networks": names(ec2.describe_vpcs(), "Vpcs", "VpcId"),
        "subnets": names(ec2.describe_subnets(), "Subnets", "SubnetId"),
        "security groups": names(ec2.describe_security_groups(), "SecurityGroups", "GroupId"),
        "route tables": names(ec2.describe_route_tables(), "RouteTables", "RouteTableId"),
        "internet gateways": names(ec2.describe_internet_gateways(), "InternetGateways", "InternetGatewayId"),
        "addresses": names(ec2.describe_addresses(), "Addresses", "AllocationId"),
        "gateways": [
            gateway["NatGatewayId"]
            for gateway in ec2.describe_nat_gateways()["NatGateways"]
            if gateway["State"] != "deleted"
        ],
        "endpoints": [
            endpoint["VpcEndpointId"]
            for endpoint in ec2.describe_vpc_endpoints()["VpcEndpoints"]
            if endpoint["State"] != "deleted"
        ],
        "flow logs": names(ec2.describe_flow_logs(), "FlowLogs", "FlowLogId"),
        "web ACLs": names(client("wafv2").list_web_acls(Scope="CLOUDFRONT"), "WebACLs", "Name"),
        "distributions": [
            each["Id"] for each in client("cloudfront").list_distributions()["DistributionList"].get("Items", [])
        ],
    }
