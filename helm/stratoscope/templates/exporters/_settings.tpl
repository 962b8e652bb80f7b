{{/* The exporters that run in the process of one: (list $ "agents"). */}}
{{- define "stratoscope.exporter.kinds" -}}
{{- $exporters := (index . 0).Values.exporters -}}
{{- $kind := index . 1 -}}
{{- if eq $kind "agents" }}{{ concat (list $kind) $exporters.agents.joined | toJson }}{{ else }}{{ list $kind | toJson }}{{ end -}}
{{- end }}

{{/* Whether a Deployment is made for one. */}}
{{- define "stratoscope.exporter.runs" -}}
{{- $exporters := (index . 0).Values.exporters -}}
{{- $kind := index . 1 -}}
{{- $joined := and $exporters.agents.enabled (has $kind $exporters.agents.joined) -}}
{{- if and (index $exporters $kind).enabled (not $joined) }}true{{ end -}}
{{- end }}

{{/* The settings file of `stratoscope export`. */}}
{{- define "stratoscope.exporter.settings" -}}
{{- $root := index . 0 -}}
{{- $exporters := dict -}}
{{- range fromJsonArray (include "stratoscope.exporter.kinds" .) }}
{{- $_ := set $exporters . (index $root.Values.exporters .).targets }}
{{- end }}
{{- if and (eq (index . 1) "agents") $root.Values.exporters.agents.hosts }}{{ $_ := set $exporters "hosts" (list (dict)) }}{{ end }}
{{- merge (dict "listen" ":9765" "exporters" $exporters) (fromYaml (include "stratoscope.settings.web" $root)) | toYaml }}
{{- end }}

{{/* The same of the exporter on each node. */}}
{{- define "stratoscope.exporter.ovs" -}}
{{- $ovs := .Values.exporters.ovs -}}
{{- $exporters := dict "ovs" (list (merge (dict "name" "node" "run_dir" "/run/openvswitch") $ovs.settings)) -}}
{{- if $ovs.controller.enabled }}
{{- $controller := dict "run_dir" "/run/ovn" "database" "unix:/run/openvswitch/db.sock" }}
{{- $_ := set $exporters "ovn" (list (dict "name" "node" "controller" $controller "collection" (dict "lane" "scrape"))) }}
{{- end }}
{{- merge (dict "listen" ":9765" "exporters" $exporters) (fromYaml (include "stratoscope.settings.web" .)) | toYaml }}
{{- end }}
