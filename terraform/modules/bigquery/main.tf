# Two datasets of one region: jobs append to tables of the first, researchers query views of the second.

locals {
  tables = jsondecode(file("${path.module}/tables.json")) # made from schemas/
  views  = jsondecode(file("${path.module}/views.json"))  # made from schemas/

  log      = "${var.dataset}_log"
  day_ms   = 86400000
  arrival  = "ingested_at"
  research = toset(flatten([for members in values(var.researchers) : tolist(members)]))

  # Protected columns carry the tag; every other column is as schemas/ has it.
  schemas = {
    for name, table in local.tables : name => [
      for field in table.schema.fields : merge(
        field,
        contains(var.protected_columns, "${name}.${field.name}") ? { policyTags = { names = [google_data_catalog_policy_tag.free_text.name] } } : {},
      )
    ]
  }
  # Days of events are no measure of how long a row is here: a recording of ten years ago, loaded today, would be gone at
  # once. Only where the day is that of arrival do partitions expire; other rows are deleted, see retention.
  partitions_expire_ms = {
    for table, days in var.keep_days : table => days * local.day_ms
    if try(local.tables[table].timePartitioning.field, "") == local.arrival
  }
  queries = {
    for name, view in local.views :
    name => replace(replace(view.query, "$${log}", "${var.project}.${local.log}"), "$${research}", "${var.project}.${var.dataset}")
  }
  known_columns = toset(flatten([for name, table in local.tables : [for field in table.schema.fields : "${name}.${field.name}"]]))
}

resource "google_bigquery_dataset" "log" {
  project                    = var.project
  dataset_id                 = local.log
  location                   = var.region
  description                = "Rows as jobs append them, every revision. Query ${var.dataset} instead."
  max_time_travel_hours      = var.time_travel_hours
  delete_contents_on_destroy = false

  default_encryption_configuration {
    kms_key_name = var.kms_key
  }
}

resource "google_bigquery_dataset" "research" {
  project                    = var.project
  dataset_id                 = var.dataset
  location                   = var.region
  description                = "Each window and event once, at its highest revision."
  max_time_travel_hours      = var.time_travel_hours
  delete_contents_on_destroy = false

  default_encryption_configuration {
    kms_key_name = var.kms_key
  }
}

resource "google_bigquery_table" "table" {
  for_each = local.tables

  project             = var.project
  dataset_id          = google_bigquery_dataset.log.dataset_id
  table_id            = each.key
  description         = each.value.description
  schema              = jsonencode(local.schemas[each.key])
  clustering          = each.value.clustering.fields
  deletion_protection = true

  time_partitioning {
    type          = each.value.timePartitioning.type
    field         = each.value.timePartitioning.field
    expiration_ms = try(local.partitions_expire_ms[each.key], null)
  }

  encryption_configuration {
    kms_key_name = var.kms_key
  }

  lifecycle {
    precondition {
      condition     = length(setsubtract(keys(var.keep_days), keys(local.tables))) == 0
      error_message = "keep_days names ${join(", ", setsubtract(keys(var.keep_days), keys(local.tables)))}; expected some of ${join(", ", keys(local.tables))}."
    }
    precondition {
      condition     = alltrue([for view in values(local.views) : view.depth <= 2])
      error_message = "views.json has views of depth ${max([for view in values(local.views) : view.depth]...)}; expected 0 to 2: add a resource for the next."
    }
    precondition {
      condition     = length(setsubtract(var.protected_columns, local.known_columns)) == 0
      error_message = "protected_columns names ${join(", ", setsubtract(var.protected_columns, local.known_columns))}; expected table.column as schemas/ has them."
    }
  }
}

# BigQuery reads a view when it is made, so what it reads has to be there: one resource for each depth.

resource "google_bigquery_table" "view" {
  #checkov:skip=CKV_GCP_80:a view stores nothing; the tables below it have our key
  #checkov:skip=CKV_GCP_121:a view holds no rows to protect, and must be replaced when its SQL changes
  for_each = { for name, its in local.views : name => its if its.depth == 0 }

  project             = var.project
  dataset_id          = google_bigquery_dataset.research.dataset_id
  table_id            = each.key
  description         = each.value.description
  deletion_protection = false

  view {
    query          = local.queries[each.key]
    use_legacy_sql = false
  }

  depends_on = [google_bigquery_table.table]
}

resource "google_bigquery_table" "question" {
  #checkov:skip=CKV_GCP_80:a view stores nothing; the tables below it have our key
  #checkov:skip=CKV_GCP_121:a view holds no rows to protect, and must be replaced when its SQL changes
  for_each = { for name, its in local.views : name => its if its.depth == 1 }

  project             = var.project
  dataset_id          = google_bigquery_dataset.research.dataset_id
  table_id            = each.key
  description         = each.value.description
  deletion_protection = false

  view {
    query          = local.queries[each.key]
    use_legacy_sql = false
  }

  depends_on = [google_bigquery_table.view]
}

resource "google_bigquery_table" "summary" {
  #checkov:skip=CKV_GCP_80:a view stores nothing; the tables below it have our key
  #checkov:skip=CKV_GCP_121:a view holds no rows to protect, and must be replaced when its SQL changes
  for_each = { for name, its in local.views : name => its if its.depth == 2 }

  project             = var.project
  dataset_id          = google_bigquery_dataset.research.dataset_id
  table_id            = each.key
  description         = each.value.description
  deletion_protection = false

  view {
    query          = local.queries[each.key]
    use_legacy_sql = false
  }

  depends_on = [google_bigquery_table.question]
}

# Views may read the tables; who queries them may not, and sees through them only the rows of their tenant.
resource "google_bigquery_dataset_access" "views" {
  project    = var.project
  dataset_id = google_bigquery_dataset.log.dataset_id

  dataset {
    dataset {
      project_id = var.project
      dataset_id = google_bigquery_dataset.research.dataset_id
    }
    target_types = ["VIEWS"]
  }
}

# Rows by tenant. As soon as a table has one policy, whoever has none sees no row of it: so every table has one.

locals {
  row_policies = merge([
    for table in keys(local.tables) : {
      for tenant, members in var.researchers : "${table}/${tenant}" => { table = table, tenant = tenant, members = members }
    }
  ]...)
}

resource "google_bigquery_row_access_policy" "tenant" {
  for_each = local.row_policies

  project          = var.project
  dataset_id       = google_bigquery_dataset.log.dataset_id
  table_id         = google_bigquery_table.table[each.value.table].table_id
  policy_id        = "tenant_${each.value.tenant}"
  filter_predicate = "tenant = '${each.value.tenant}'"
  grantees         = each.value.members
}

resource "google_bigquery_row_access_policy" "all" {
  for_each = local.tables

  project          = var.project
  dataset_id       = google_bigquery_dataset.log.dataset_id
  table_id         = google_bigquery_table.table[each.key].table_id
  policy_id        = "retention"
  filter_predicate = "TRUE" # DELETE wants to see all rows
  grantees         = ["serviceAccount:${var.retention_account}"]
}

resource "google_bigquery_dataset_iam_member" "researcher" {
  for_each = local.research

  project    = var.project
  dataset_id = google_bigquery_dataset.research.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = each.value
}

resource "google_project_iam_member" "researcher" {
  for_each = local.research

  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = each.value
}

resource "google_bigquery_dataset_iam_member" "writer" {
  for_each = merge(var.writers, { retention = "serviceAccount:${var.retention_account}" })

  project    = var.project
  dataset_id = google_bigquery_dataset.log.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = each.value
}

# Columns that may hold text about a person.

resource "google_data_catalog_taxonomy" "columns" {
  project                = var.project
  region                 = var.region
  display_name           = "${var.dataset} (${var.region})"
  description            = "Who sees which columns."
  activated_policy_types = ["FINE_GRAINED_ACCESS_CONTROL"]
}

resource "google_data_catalog_policy_tag" "free_text" {
  taxonomy     = google_data_catalog_taxonomy.columns.id
  display_name = "free text"
  description  = "What somebody typed, names of files: may tell who it was."
}

resource "google_bigquery_datapolicy_data_policy" "hide_free_text" {
  project          = var.project
  location         = var.region
  data_policy_id   = "${var.dataset}_hide_free_text"
  policy_tag       = google_data_catalog_policy_tag.free_text.name
  data_policy_type = "DATA_MASKING_POLICY"

  data_masking_policy {
    predefined_expression = "ALWAYS_NULL"
  }
}

resource "google_bigquery_datapolicy_data_policy_iam_member" "researcher" {
  for_each = local.research

  project        = var.project
  location       = var.region
  data_policy_id = google_bigquery_datapolicy_data_policy.hide_free_text.data_policy_id
  role           = "roles/bigquerydatapolicy.maskedReader"
  member         = each.value
}

resource "google_data_catalog_policy_tag_iam_member" "clear_text_reader" {
  for_each = var.clear_text_readers

  policy_tag = google_data_catalog_policy_tag.free_text.name
  role       = "roles/datacatalog.categoryFineGrainedReader"
  member     = each.value
}

# Rows whose time has come, once a day.

resource "google_bigquery_data_transfer_config" "retention" {
  for_each = { for table, days in var.keep_days : table => days if try(local.tables[table].timePartitioning.field, local.arrival) != local.arrival }

  project              = var.project
  location             = var.region
  display_name         = "${local.log}.${each.key}: delete rows after ${each.value} days"
  data_source_id       = "scheduled_query"
  schedule             = "every day 03:30"
  service_account_name = var.retention_account

  params = {
    query = "DELETE FROM `${var.project}.${local.log}.${each.key}` WHERE ${local.arrival} < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL ${each.value} DAY)"
  }

  encryption_configuration {
    kms_key_name = var.kms_key
  }

  depends_on = [google_bigquery_table.table, google_bigquery_dataset_iam_member.writer]
}
