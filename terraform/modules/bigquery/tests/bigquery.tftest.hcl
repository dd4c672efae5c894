mock_provider "google" {
  mock_resource "google_data_catalog_policy_tag" {
    defaults = { name = "projects/my-project/locations/europe-west3/taxonomies/1/policyTags/2" }
  }
}

variables {
  project           = "my-project"
  region            = "europe-west3"
  kms_key           = "projects/my-project/locations/europe-west3/keyRings/neural-engine/cryptoKeys/service-bigquery"
  researchers       = { clinic01 = ["group:research@example.org"] }
  retention_account = "retention@my-project.iam.gserviceaccount.com"
}

run "tables_are_those_of_schemas" {
  command = apply
  assert {
    condition     = { for name, table in google_bigquery_table.table : name => [for field in jsondecode(table.schema) : field.name] } == { for name, table in jsondecode(file("./tables.json")) : name => [for field in table.schema.fields : field.name] }
    error_message = "a table has other columns than schemas/"
  }
  assert {
    condition     = alltrue([for name, table in google_bigquery_table.table : table.time_partitioning[0].field == jsondecode(file("./tables.json"))[name].timePartitioning.field && table.time_partitioning[0].type == "DAY"])
    error_message = "a table is partitioned otherwise than in schemas/"
  }
}

run "views_are_those_of_schemas_and_read_our_datasets" {
  command = apply
  assert {
    condition     = toset(concat(keys(google_bigquery_table.view), keys(google_bigquery_table.question), keys(google_bigquery_table.summary))) == toset(keys(jsondecode(file("./views.json"))))
    error_message = "a view is missing"
  }
  assert {
    condition     = strcontains(google_bigquery_table.view["features"].view[0].query, "FROM `my-project.neural_log.features_log`")
    error_message = "the query is ${google_bigquery_table.view["features"].view[0].query}"
  }
  assert {
    condition     = alltrue([for view in merge(google_bigquery_table.view, google_bigquery_table.question, google_bigquery_table.summary) : !strcontains(view.view[0].query, "$${")])
    error_message = "a view names a dataset that was not filled in"
  }
}

run "every_table_has_our_key_and_cannot_be_deleted_by_mistake" {
  command = apply
  assert {
    condition     = alltrue([for table in google_bigquery_table.table : table.encryption_configuration[0].kms_key_name == var.kms_key && table.deletion_protection == true])
    error_message = "a table has another key or no protection"
  }
  assert {
    condition     = alltrue([for dataset in [google_bigquery_dataset.log, google_bigquery_dataset.research] : dataset.default_encryption_configuration[0].kms_key_name == var.kms_key && dataset.location == "europe-west3"])
    error_message = "a dataset has another key or place"
  }
}

run "every_table_shows_a_tenants_researchers_their_rows_only" {
  command = apply
  assert {
    condition     = toset([for policy in google_bigquery_row_access_policy.tenant : policy.table_id]) == toset(keys(google_bigquery_table.table))
    error_message = "a table has no policy and shows all rows"
  }
  assert {
    condition     = alltrue([for policy in google_bigquery_row_access_policy.tenant : policy.filter_predicate == "tenant = 'clinic01'" && policy.grantees == tolist(["group:research@example.org"])])
    error_message = "a policy shows other rows, or shows them to others"
  }
  assert {
    condition     = alltrue([for policy in google_bigquery_row_access_policy.all : policy.grantees == tolist(["serviceAccount:retention@my-project.iam.gserviceaccount.com"])])
    error_message = "others than the retention job see all rows"
  }
}

run "without_researchers_rows_are_still_fenced" {
  command = apply
  variables { researchers = {} }
  assert {
    condition     = toset(keys(google_bigquery_row_access_policy.all)) == toset(keys(google_bigquery_table.table))
    error_message = "a table without a policy shows all rows to whoever may read the dataset"
  }
}

run "researchers_have_the_views_and_not_the_tables" {
  command = apply
  assert {
    condition     = [for grant in google_bigquery_dataset_iam_member.researcher : "${grant.dataset_id} ${grant.role}"] == ["neural roles/bigquery.dataViewer"]
    error_message = "researchers may read another dataset"
  }
  assert {
    condition     = toset([for grant in google_bigquery_dataset_iam_member.writer : grant.dataset_id]) == toset(["neural_log"])
    error_message = "jobs write where researchers read"
  }
}

run "free_text_is_hidden_from_researchers" {
  command = apply
  assert {
    condition     = [for field in jsondecode(google_bigquery_table.table["markers"].schema) : field.policyTags.names if field.name == "description"] == [["projects/my-project/locations/europe-west3/taxonomies/1/policyTags/2"]]
    error_message = "what the experimenter typed is shown"
  }
  assert {
    condition     = google_bigquery_datapolicy_data_policy.hide_free_text.data_masking_policy[0].predefined_expression == "ALWAYS_NULL" && length(google_data_catalog_policy_tag_iam_member.clear_text_reader) == 0
    error_message = "the mask shows something, or somebody sees through it"
  }
}

run "expiry_counts_from_arrival_and_not_from_the_event" {
  command = apply
  assert {
    condition     = keys(local.partitions_expire_ms) == ["dead_letters"] && google_bigquery_table.table["dead_letters"].time_partitioning[0].expiration_ms == 365 * 86400000
    error_message = "old recordings would be gone as soon as they are loaded"
  }
  assert {
    condition     = strcontains(google_bigquery_data_transfer_config.retention["features_log"].params.query, "WHERE ingested_at < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 365 DAY)")
    error_message = "the query is ${google_bigquery_data_transfer_config.retention["features_log"].params.query}"
  }
}

run "a_deleted_row_is_gone_as_soon_as_bigquery_allows" {
  command = apply
  assert {
    condition     = google_bigquery_dataset.log.max_time_travel_hours == "48"
    error_message = "a deleted row can be read for ${google_bigquery_dataset.log.max_time_travel_hours} hours"
  }
}

run "refuses_a_multi_region" {
  command = plan
  variables { region = "EU" }
  expect_failures = [var.region]
}

run "refuses_to_do_without_a_key" {
  command = plan
  variables { kms_key = "" }
  expect_failures = [var.kms_key]
}

run "refuses_researchers_who_are_everybody" {
  command = plan
  variables {
    researchers = { clinic01 = ["allAuthenticatedUsers"] }
  }
  expect_failures = [var.researchers]
}

run "refuses_a_tenant_that_would_break_out_of_the_filter" {
  command = plan
  variables {
    researchers = { "x' OR 1" = ["group:research@example.org"] }
  }
  expect_failures = [var.researchers]
}

run "refuses_expiry_of_no_table" {
  command = plan
  variables {
    keep_days = { nothing = 30 }
  }
  expect_failures = [google_bigquery_table.table]
}

run "refuses_a_protected_column_that_is_not_there" {
  command = plan
  variables { protected_columns = ["markers.nothing"] }
  expect_failures = [google_bigquery_table.table]
}

run "refuses_no_time_to_keep" {
  command = plan
  variables {
    keep_days = { features_log = 0 }
  }
  expect_failures = [var.keep_days]
}

run "refuses_a_time_travel_that_bigquery_would" {
  command = plan
  variables { time_travel_hours = 24 }
  expect_failures = [var.time_travel_hours]
}

run "refuses_a_dataset_that_looks_like_the_log" {
  command = plan
  variables { dataset = "neural_log" }
  expect_failures = [var.dataset]
}

run "refuses_an_account_that_is_no_address" {
  command = plan
  variables { retention_account = "retention" }
  expect_failures = [var.retention_account]
}
