# One service account a component, with what it needs of the project as a whole; what it may do to a topic, table, bucket
# or key is granted by the module that makes it. No account has a key file.

locals {
  components = {
    enrolment = {
      does  = "Function: devices enrol and change keys."
      roles = ["roles/cloudtrace.agent", "roles/logging.logWriter", "roles/monitoring.metricWriter"]
    }
    sessions = {
      does  = "Function: sessions begin and end."
      roles = ["roles/cloudtrace.agent", "roles/logging.logWriter", "roles/monitoring.metricWriter"]
    }
    telemetry = {
      does  = "Function: packets are checked, sealed and published."
      roles = ["roles/cloudtrace.agent", "roles/logging.logWriter", "roles/monitoring.metricWriter"]
    }
    stream = {
      does  = "Dataflow: the stream job's workers."
      roles = ["roles/bigquery.jobUser", "roles/dataflow.worker", "roles/monitoring.metricWriter", "roles/cloudtrace.agent"]
    }
    batch = {
      does  = "Dataflow: the batch job's workers."
      roles = ["roles/bigquery.jobUser", "roles/dataflow.worker", "roles/monitoring.metricWriter"]
    }
    keys = {
      does  = "Rotation and erasure: rewraps keysets, destroys versions of subjects' keys."
      roles = ["roles/logging.logWriter", "roles/monitoring.metricWriter"]
    }
    retention = {
      does  = "BigQuery: deletes rows whose time has come."
      roles = ["roles/bigquery.jobUser"]
    }
    scheduler = {
      does  = "Starts jobs at their time."
      roles = ["roles/dataflow.developer"]
    }
    build = {
      does  = "Builds functions and images from source."
      roles = ["roles/logging.logWriter"]
    }
  }

  roles = merge([
    for component, its in local.components : {
      for role in its.roles : "${component}/${role}" => { component = component, role = role }
    }
  ]...)

  # Who starts a job acts as the job.
  acts_as = { batch = "scheduler" }
}

resource "google_service_account" "component" {
  for_each = local.components

  project      = var.project
  account_id   = "neural-${each.key}${var.suffix}"
  display_name = "Neural Engine: ${each.key}"
  description  = each.value.does
}

resource "google_project_iam_member" "component" {
  for_each = local.roles

  project = var.project
  role    = each.value.role
  member  = google_service_account.component[each.value.component].member
}

resource "google_service_account_iam_member" "acts_as" {
  for_each = local.acts_as

  service_account_id = google_service_account.component[each.key].name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.component[each.value].member
}

# Beside each subscription that is read with times of its own, Dataflow keeps another, to know how far event time has come.
resource "google_project_iam_custom_role" "tracking" {
  project     = var.project
  role_id     = "neuralEngineTracking${replace(var.suffix, "-", "_")}"
  title       = "Neural Engine: Dataflow's tracking subscriptions"
  description = "Make and remove subscriptions; no right to read any."
  permissions = ["pubsub.subscriptions.create", "pubsub.subscriptions.delete", "pubsub.subscriptions.get"]
}

resource "google_project_iam_member" "tracking" {
  project = var.project
  role    = google_project_iam_custom_role.tracking.name
  member  = google_service_account.component["stream"].member
}
