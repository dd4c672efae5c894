# Templates of the jobs, and the stream job launched from its own.

locals {
  templates = jsondecode(file("${path.module}/templates.json")) # made from the jobs' options

  specifications = {
    for job, metadata in local.templates : job => jsonencode({
      image    = var.images[job]
      sdkInfo  = { language = "PYTHON" }
      metadata = metadata
    }) if contains(keys(var.images), job)
  }
  known_parameters = toset([for parameter in local.templates["stream"].parameters : parameter.name])
  required         = toset([for parameter in local.templates["stream"].parameters : parameter.name if !parameter.isOptional])
}

resource "google_storage_bucket_object" "template" {
  for_each = local.specifications

  bucket       = var.buckets.templates
  name         = "${each.key}-${substr(sha256(each.value), 0, 16)}.json" # another template, another name: what runs is known
  content      = each.value
  content_type = "application/json"
}

resource "google_dataflow_flex_template_job" "stream" {
  provider = google-beta
  count    = var.run_stream ? 1 : 0

  project                 = var.project
  region                  = var.region
  name                    = var.name
  container_spec_gcs_path = "gs://${var.buckets.templates}/${google_storage_bucket_object.template["stream"].name}"
  parameters              = var.parameters
  service_account_email   = var.account
  subnetwork              = var.subnetwork
  ip_configuration        = "WORKER_IP_PRIVATE"
  kms_key_name            = var.kms_key
  sdk_container_image     = var.images["stream"]
  temp_location           = "gs://${var.buckets.temp}/dataflow"
  staging_location        = "gs://${var.buckets.staging}/dataflow"
  machine_type            = var.workers.machine
  num_workers             = var.workers.first
  max_workers             = var.workers.most
  autoscaling_algorithm   = "THROUGHPUT_BASED"
  enable_streaming_engine = true
  transform_name_mapping  = var.transform_names
  labels                  = { part = "stream" }

  # What was acknowledged to a device is in the job: it is finished, not thrown away.
  on_delete                    = "drain"
  skip_wait_on_job_termination = false

  lifecycle {
    precondition {
      condition     = length(setsubtract(keys(var.parameters), local.known_parameters)) == 0
      error_message = "parameters names ${join(", ", setsubtract(keys(var.parameters), local.known_parameters))}; expected options of the stream job: ${join(", ", local.known_parameters)}."
    }
    precondition {
      condition     = length(setsubtract(local.required, keys(var.parameters))) == 0
      error_message = "parameters lacks ${join(", ", setsubtract(local.required, keys(var.parameters)))}; expected all that the stream job needs."
    }
  }
}
