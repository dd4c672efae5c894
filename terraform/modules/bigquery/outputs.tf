output "log_dataset" {
  description = "Name of the dataset that jobs append to."
  value       = google_bigquery_dataset.log.dataset_id
}

output "research_dataset" {
  description = "Name of the dataset that researchers query."
  value       = google_bigquery_dataset.research.dataset_id
}

output "tables" {
  description = "By name: the full name, as SQL takes it."
  value       = { for name, table in google_bigquery_table.table : name => "${var.project}.${local.log}.${table.table_id}" }
}
