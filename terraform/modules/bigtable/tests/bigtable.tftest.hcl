mock_provider "google" {}

variables {
  project = "my-project"
  region  = "europe-west3"
  zones   = ["europe-west3-a"]
  kms_key = "projects/my-project/locations/europe-west3/keyRings/neural-engine/cryptoKeys/service-bigtable"
  tenants = ["clinic01", "clinic02"]
}

run "grows_from_3_to_30_nodes_at_60_percent" {
  command = plan
  assert {
    condition = alltrue([
      for cluster in google_bigtable_instance.instance.cluster :
      cluster.autoscaling_config[0].min_nodes == 3 && cluster.autoscaling_config[0].max_nodes == 30 && cluster.autoscaling_config[0].cpu_target == 60
    ])
    error_message = "autoscaling is not what the capacity plan counts on"
  }
}

run "every_cluster_has_our_key" {
  command = plan
  variables { zones = ["europe-west3-a", "europe-west3-b"] }
  assert {
    condition     = length(google_bigtable_instance.instance.cluster) == 2 && alltrue([for cluster in google_bigtable_instance.instance.cluster : cluster.kms_key_name == var.kms_key])
    error_message = "a cluster has another key"
  }
}

run "keysets_are_out_of_long_backups" {
  command = plan
  assert {
    condition     = { for name, table in google_bigtable_table.table : name => [for policy in table.automated_backup_policy : policy.retention_period] if name == "keysets" } == { keysets = ["72h0m0s"] }
    error_message = "a backup of keysets outlives an erasure"
  }
  assert {
    condition     = alltrue([for name, table in google_bigtable_table.table : [for policy in table.automated_backup_policy : policy.retention_period] == ["336h0m0s"] if name != "keysets"])
    error_message = "the other tables are not backed up for 14 days"
  }
  assert {
    condition     = output.keyset_backup_hours == 72
    error_message = "the erasure job would be told ${output.keyset_backup_hours} hours"
  }
}

run "cells_keep_one_version_and_none_but_what_is_used_once_goes_by_age" {
  command = plan
  assert {
    condition     = alltrue([for policy in google_bigtable_gc_policy.one_version : policy.max_version[0].number == 1])
    error_message = "a family keeps older versions"
  }
  assert {
    condition     = { for name, policy in google_bigtable_gc_policy.one_version : name => policy.max_age[0].duration if length(policy.max_age) > 0 } == { "registry/once" = "168h" }
    error_message = "a cell's time is a revision: garbage collection by age deletes it"
  }
  assert {
    condition     = google_bigtable_gc_policy.one_version["registry/once"].mode == "UNION"
    error_message = "what is used once stays until it is both old and replaced, which it never is"
  }
  assert {
    condition     = length(google_bigtable_gc_policy.one_version) == sum([for families in values(local.tables) : length(families)])
    error_message = "a family has no policy and keeps every version"
  }
}

run "a_tenants_view_shows_its_prefix_and_nothing_of_keys" {
  command = plan
  assert {
    condition     = toset(keys(google_bigtable_authorized_view.tenant)) == toset(["streams-clinic01", "streams-clinic02", "windows-clinic01", "windows-clinic02"])
    error_message = "views are ${join(", ", keys(google_bigtable_authorized_view.tenant))}"
  }
  assert {
    condition     = google_bigtable_authorized_view.tenant["windows-clinic01"].subset_view[0].row_prefixes == toset([base64encode("clinic01#")])
    error_message = "the view of clinic01 shows other rows"
  }
}

run "a_tenants_reader_has_its_views_and_no_table" {
  command = plan
  variables {
    tenant_readers = { clinic01 = { desk = "group:desk@example.org" } }
  }
  assert {
    condition     = length(google_bigtable_table_iam_member.reader) == 0 && keys(google_project_iam_member.tenant_reader) == ["clinic01/desk"]
    error_message = "the reader has a table"
  }
  assert {
    condition     = !strcontains(google_project_iam_member.tenant_reader["clinic01/desk"].condition[0].expression, "clinic02") && strcontains(google_project_iam_member.tenant_reader["clinic01/desk"].condition[0].expression, "/tables/windows/authorizedViews/windows-clinic01\"")
    error_message = "the condition is ${google_project_iam_member.tenant_reader["clinic01/desk"].condition[0].expression}"
  }
}

run "keysets_and_registry_go_through_one_cluster" {
  command = plan
  variables { zones = ["europe-west3-a", "europe-west3-b"] }
  assert {
    condition = alltrue([
      for profile in [google_bigtable_app_profile.rows, google_bigtable_app_profile.batch] :
      profile.single_cluster_routing[0].cluster_id == "telemetry-c1" && profile.single_cluster_routing[0].allow_transactional_writes == true
    ])
    error_message = "two clusters could both make a keyset"
  }
}

run "nothing_is_deleted_by_mistake" {
  command = plan
  assert {
    condition     = google_bigtable_instance.instance.deletion_protection == true && alltrue([for table in google_bigtable_table.table : table.deletion_protection == "PROTECTED"])
    error_message = "a table can be deleted"
  }
}

run "refuses_a_second_cluster_elsewhere" {
  command = plan
  variables { zones = ["europe-west3-a", "us-central1-a"] }
  expect_failures = [var.zones]
}

run "refuses_twice_the_same_zone" {
  command = plan
  variables { zones = ["europe-west3-a", "europe-west3-a"] }
  expect_failures = [var.zones]
}

run "refuses_a_key_of_elsewhere" {
  command = plan
  variables { kms_key = "projects/my-project/locations/us-central1/keyRings/neural-engine/cryptoKeys/service-bigtable" }
  expect_failures = [var.kms_key]
}

run "refuses_long_backups_of_keysets" {
  command = plan
  variables { keyset_backup_days = 30 }
  expect_failures = [var.keyset_backup_days]
}

run "refuses_backups_that_bigtable_would" {
  command = plan
  variables { backup_days = 365 }
  expect_failures = [var.backup_days]
}

run "refuses_bounds_that_bigtable_would" {
  command = plan
  variables {
    nodes = { min = 1, max = 30 }
  }
  expect_failures = [var.nodes]
}

run "refuses_a_load_that_bigtable_would" {
  command = plan
  variables { cpu_percent = 95 }
  expect_failures = [var.cpu_percent]
}

run "refuses_a_tenant_whose_prefix_is_anothers" {
  command = plan
  variables { tenants = ["clinic0"] }
  expect_failures = [var.tenants]
}

run "refuses_readers_of_a_tenant_of_elsewhere" {
  command = plan
  variables {
    tenant_readers = { clinic09 = { desk = "group:desk@example.org" } }
  }
  expect_failures = [var.tenant_readers]
}

run "refuses_a_region_that_is_none" {
  command = plan
  variables { region = "europe" }
  expect_failures = [var.region]
}

run "refuses_a_name_that_bigtable_would" {
  command = plan
  variables { instance = "BT" }
  expect_failures = [var.instance]
}
