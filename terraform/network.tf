data "aws_availability_zones" "available" {
  count = var.vpc_id == null ? 1 : 0
  state = "available"
}

locals {
  # Two zones: what a load balancer and a database's subnet group ask for.
  zones = var.vpc_id == null ? { for index, zone in slice(data.aws_availability_zones.available[0].names, 0, 2) : zone => index } : {}

  nat_zones = {
    one          = slice(keys(local.zones), 0, min(1, length(local.zones)))
    one_per_zone = keys(local.zones)
    none         = []
  }[var.nat_gateways]

  vpc_id             = var.vpc_id == null ? aws_vpc.main[0].id : var.vpc_id
  private_subnet_ids = var.vpc_id == null ? [for subnet in aws_subnet.private : subnet.id] : var.private_subnet_ids

  # Where jobs and the service's tasks stand. Load balancer and database are always in the private subnets.
  assign_public_ip = var.public_task_addresses ? "ENABLED" : "DISABLED"
  task_subnet_ids  = var.public_task_addresses ? [for subnet in aws_subnet.public : subnet.id] : local.private_subnet_ids
}

resource "aws_vpc" "main" {
  count = var.vpc_id == null ? 1 : 0

  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = local.name }
}

# The default security group lets nothing through: each part has a group of its own.
resource "aws_default_security_group" "main" {
  count = var.vpc_id == null ? 1 : 0

  vpc_id = aws_vpc.main[0].id
}

resource "aws_internet_gateway" "main" {
  count = var.vpc_id == null ? 1 : 0

  vpc_id = aws_vpc.main[0].id

  tags = { Name = local.name }
}

resource "aws_subnet" "public" {
  for_each = local.zones

  vpc_id            = aws_vpc.main[0].id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.vpc_cidr, 4, each.value)

  tags = { Name = "${local.name}-public-${each.key}" }
}

resource "aws_subnet" "private" {
  for_each = local.zones

  vpc_id            = aws_vpc.main[0].id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.vpc_cidr, 4, each.value + 2)

  tags = { Name = "${local.name}-private-${each.key}" }
}

resource "aws_eip" "nat" {
  for_each = toset(local.nat_zones)

  domain = "vpc"

  tags = { Name = "${local.name}-nat-${each.key}" }
}

resource "aws_nat_gateway" "main" {
  for_each = toset(local.nat_zones)

  allocation_id = aws_eip.nat[each.key].id
  subnet_id     = aws_subnet.public[each.key].id

  tags = { Name = "${local.name}-${each.key}" }

  depends_on = [aws_internet_gateway.main]
}

resource "aws_route_table" "public" {
  count = var.vpc_id == null ? 1 : 0

  vpc_id = aws_vpc.main[0].id

  tags = { Name = "${local.name}-public" }
}

resource "aws_route" "internet" {
  count = var.vpc_id == null ? 1 : 0

  route_table_id         = aws_route_table.public[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main[0].id
}

resource "aws_route_table_association" "public" {
  for_each = aws_subnet.public

  subnet_id      = each.value.id
  route_table_id = aws_route_table.public[0].id
}

resource "aws_route_table" "private" {
  for_each = local.zones

  vpc_id = aws_vpc.main[0].id

  tags = { Name = "${local.name}-private-${each.key}" }
}

# The zone's own gateway, or the only one; without any the private subnets have no way out.
resource "aws_route" "nat" {
  for_each = var.nat_gateways == "none" ? {} : local.zones

  route_table_id         = aws_route_table.private[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = try(aws_nat_gateway.main[each.key], aws_nat_gateway.main[local.nat_zones[0]]).id
}

resource "aws_route_table_association" "private" {
  for_each = aws_subnet.private

  subnet_id      = each.value.id
  route_table_id = aws_route_table.private[each.key].id
}

# What the security groups turned away.
resource "aws_flow_log" "main" {
  count = var.vpc_id == null ? 1 : 0

  vpc_id          = aws_vpc.main[0].id
  traffic_type    = "REJECT"
  iam_role_arn    = aws_iam_role.flow_log[0].arn
  log_destination = aws_cloudwatch_log_group.flow_log[0].arn
}

resource "aws_iam_role" "flow_log" {
  count = var.vpc_id == null ? 1 : 0

  name               = "${local.name}-flow-log"
  assume_role_policy = data.aws_iam_policy_document.assume["vpc-flow-logs"].json
}

data "aws_iam_policy_document" "flow_log" {
  count = var.vpc_id == null ? 1 : 0

  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["${aws_cloudwatch_log_group.flow_log[0].arn}:*"]
  }

  statement {
    actions   = ["logs:DescribeLogGroups"]
    resources = ["${local.arn_prefix}:logs:${var.region}:${local.account}:log-group:*"]
  }
}

resource "aws_iam_role_policy" "flow_log" {
  count = var.vpc_id == null ? 1 : 0

  name   = "write"
  role   = aws_iam_role.flow_log[0].id
  policy = data.aws_iam_policy_document.flow_log[0].json
}
