# One instance: clusters that grow, tables as schemas/stored_tables.py has them, a tenant's views.

locals {
  tables = jsondecode(file("${path.module}/tables.json")) # made from schemas/stored_tables.py

  clusters      = { for place, zone in var.zones : "${var.instance}-c${place + 1}" => zone }
  first         = "${var.instance}-c1"
  hours_per_day = 24
}

resource "google_bigtable_instance" "instance" {
  project             = var.project
  name                = var.instance
  deletion_protection = true

  dynamic "cluster" {
    for_each = local.clusters
    content {
      cluster_id   = cluster.key
      zone         = cluster.value
      storage_type = "SSD"
      kms_key_name = var.kms_key

      autoscaling_config {
        min_nodes  = var.nodes.min
        max_nodes  = var.nodes.max
        cpu_target = var.cpu_percent
      }
    }
  }

  lifecycle {
    prevent_destroy = true
    precondition {
      condition     = contains(keys(local.tables), "keysets") && contains(keys(local.tables), "erasures")
      error_message = "tables.json has ${join(", ", keys(local.tables))}; expected keysets and erasures, which are treated apart here."
    }
    precondition {
      condition     = alltrue([for table, families in local.tables : alltrue([for days in values(families) : days == null]) if table != "registry"])
      error_message = "tables.json deletes by age outside the registry; expected that nowhere: the time of those cells is no date."
    }
  }
}

resource "google_bigtable_table" "table" {
  for_each = local.tables

  project             = var.project
  name                = each.key
  instance_name       = google_bigtable_instance.instance.name
  deletion_protection = "PROTECTED"
  # A change stream would keep what a row held before it was erased.
  change_stream_retention = null

  dynamic "column_family" {
    for_each = keys(each.value)
    content {
      family = column_family.value
    }
  }

  automated_backup_policy {
    retention_period = "${(each.key == "keysets" ? var.keyset_backup_days : var.backup_days) * local.hours_per_day}h0m0s"
    frequency        = "24h0m0s"
  }

  lifecycle {
    prevent_destroy = true
  }
}

# One version of a cell. An age only where schemas/ says so (what is used once, of the registry): elsewhere the time of
# a cell is a revision or a generation, not a date, so that garbage collection by age would delete everything at once.
resource "google_bigtable_gc_policy" "one_version" {
  for_each = merge([
    for table, families in local.tables : {
      for family, days in families : "${table}/${family}" => { table = table, family = family, days = days }
    }
  ]...)

  project         = var.project
  instance_name   = google_bigtable_instance.instance.name
  table           = google_bigtable_table.table[each.value.table].name
  column_family   = each.value.family
  mode            = each.value.days == null ? null : "UNION" # the one or the other is enough
  deletion_policy = "ABANDON"                                # a policy cannot be removed where there is a second cluster

  max_version {
    number = 1
  }

  dynamic "max_age" {
    for_each = each.value.days == null ? [] : [each.value.days]
    content {
      duration = "${max_age.value * local.hours_per_day}h"
    }
  }
}

# How components reach the clusters.

resource "google_bigtable_app_profile" "rows" {
  project         = var.project
  instance        = google_bigtable_instance.instance.name
  app_profile_id  = "rows"
  description     = "One cluster, transactions within a row: keysets, registry, the stream's writes."
  ignore_warnings = true

  single_cluster_routing {
    cluster_id                 = local.first
    allow_transactional_writes = true
  }

  standard_isolation {
    priority = "PRIORITY_HIGH"
  }
}

resource "google_bigtable_app_profile" "batch" {
  project         = var.project
  instance        = google_bigtable_instance.instance.name
  app_profile_id  = "batch"
  description     = "As `rows`, after everybody else: reprocessing and backfill."
  ignore_warnings = true

  single_cluster_routing {
    cluster_id                 = local.first # with the others: it makes keysets too
    allow_transactional_writes = true
  }

  standard_isolation {
    priority = "PRIORITY_LOW"
  }
}

resource "google_bigtable_app_profile" "reads" {
  project                       = var.project
  instance                      = google_bigtable_instance.instance.name
  app_profile_id                = "reads"
  description                   = "Any cluster: readers, who go on when one fails."
  multi_cluster_routing_use_any = true
  ignore_warnings               = true

  standard_isolation {
    priority = "PRIORITY_MEDIUM"
  }
}

# A tenant is the first part of a row key: its views show that prefix and nothing else.

locals {
  fenced = { for table, families in local.tables : table => families if contains(["streams", "windows"], table) }
  views = merge([
    for table, families in local.fenced : {
      for tenant in var.tenants : "${table}-${tenant}" => { table = table, tenant = tenant, families = keys(families) }
    }
  ]...)
}

resource "google_bigtable_authorized_view" "tenant" {
  for_each = local.views

  project             = var.project
  name                = each.key
  instance_name       = google_bigtable_instance.instance.name
  table_name          = google_bigtable_table.table[each.value.table].name
  deletion_protection = "PROTECTED"

  subset_view {
    row_prefixes = [base64encode("${each.value.tenant}#")]

    dynamic "family_subsets" {
      for_each = each.value.families
      content {
        family_name        = family_subsets.value
        qualifier_prefixes = [""] # all of its columns
      }
    }
  }
}

# Who may do what. Nobody gets the instance: a right is for a table, or for a tenant's view of it.

locals {
  writers = merge([
    for table, members in var.writers : { for name, member in members : "${table}/${name}" => { table = table, member = member } }
  ]...)
  readers = merge([
    for table, members in var.readers : { for name, member in members : "${table}/${name}" => { table = table, member = member } }
  ]...)
  tenant_readers = merge([
    for tenant, members in var.tenant_readers : { for name, member in members : "${tenant}/${name}" => { tenant = tenant, member = member } }
  ]...)
}

resource "google_bigtable_table_iam_member" "writer" {
  for_each = local.writers

  project       = var.project
  instance_name = google_bigtable_instance.instance.name
  table         = google_bigtable_table.table[each.value.table].name
  role          = "roles/bigtable.user"
  member        = each.value.member
}

resource "google_bigtable_table_iam_member" "reader" {
  for_each = local.readers

  project       = var.project
  instance_name = google_bigtable_instance.instance.name
  table         = google_bigtable_table.table[each.value.table].name
  role          = "roles/bigtable.reader"
  member        = each.value.member
}

# The role holds for names that begin with the tenant's views: a right on the table would show all rows.
resource "google_project_iam_member" "tenant_reader" {
  for_each = local.tenant_readers

  project = var.project
  role    = "roles/bigtable.reader"
  member  = each.value.member

  condition {
    title       = "rows of ${each.value.tenant}"
    description = "Its authorised views in ${var.instance}, and no table."
    expression = join(" || ", [
      for table in keys(local.fenced) :
      "resource.name.startsWith(\"projects/${var.project}/instances/${var.instance}/tables/${table}/authorizedViews/${table}-${each.value.tenant}\")"
    ])
  }
}
