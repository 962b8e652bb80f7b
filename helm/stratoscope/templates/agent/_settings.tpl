{{- define "stratoscope.agent.fluentBit" -}}
{{- if .Values.agent.outputs }}true{{ end -}}
{{- end }}

{{- define "stratoscope.agent.folder" -}}
{{- .Values.agent.state.hostPath | default (printf "/var/lib/stratoscope/%s/%s" .Release.Namespace (include "stratoscope.fullname" .)) -}}
{{- end }}

{{/* The settings file of `stratoscope collect`. Fluent Bit's configuration is made of it too, in the pod, so that they fit. */}}
{{- define "stratoscope.agent.settings" -}}
{{- $agent := .Values.agent -}}
{{- /* Who reads what he writes never comes to an end. What our other containers log is read as that of all. */ -}}
{{- $pods := dict "kind" "pods" "folder" $agent.logs "exclude" (concat (list "*/*/stratoscope-agent" "*/*/stratoscope-fluent-bit") $agent.exclude) -}}
{{- with $agent.include }}{{ $_ := set $pods "include" . }}{{ end -}}
{{- if $agent.metadata.enabled }}
{{- $_ := set $pods "metadata" (dict) }}
{{- with $agent.metadata.labels }}{{ $_ := set $pods.metadata "labels" . }}{{ end }}
{{- end }}
{{- $sinks := deepCopy $agent.sinks -}}
{{- range $sinks }}
{{- if and (eq .to.kind "loki") (not (hasKey .to "cluster")) }}{{ $_ := set .to "cluster" $.Values.cloud }}{{ end }}
{{- end }}
{{- if include "stratoscope.agent.fluentBit" . }}
{{- $_ := set $sinks "fluent-bit" (dict "to" (dict "kind" "forward" "address" "unix:/run/stratoscope/events.sock")) }}
{{- else if not $sinks }}
{{- $_ := set $sinks "stdout" (dict "to" (dict "kind" "stdout")) }}
{{- end }}
{{- $settings := dict
  "listen" ":9464"
  "state" "/var/lib/stratoscope"
  "sources" (dict "pods" $pods)
  "sinks" $sinks
  "drain" $agent.drain
-}}
{{- range $key := list "parser" "batch" "traces" }}
{{- with index $agent $key }}{{ $_ := set $settings $key . }}{{ end }}
{{- end }}
{{- if include "stratoscope.agent.fluentBit" . }}
{{- $outputs := deepCopy $agent.outputs }}
{{- range $outputs }}
{{- if and (eq .kind "loki") (not (hasKey . "cluster")) }}{{ $_ := set . "cluster" $.Values.cloud }}{{ end }}
{{- end }}
{{- $_ := set $settings "fluent_bit" (dict
  "role" "ship"
  "events" "unix:/run/stratoscope/events.sock"
  "state" "/var/lib/fluent-bit"
  "http" $agent.fluentBit.http
  "rejected" $agent.fluentBit.rejected
  "outputs" $outputs
) }}
{{- end }}
{{- $settings = merge $settings (fromYaml (include "stratoscope.settings.web" .)) }}
{{- toYaml $settings }}
{{- end }}
