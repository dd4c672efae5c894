output "templates" {
  description = "By job: where its template is."
  value       = { for job, object in google_storage_bucket_object.template : job => "gs://${var.buckets.templates}/${object.name}" }
}

output "stream_job" {
  description = "Name of the stream job, as metrics are labelled."
  value       = var.name
}
