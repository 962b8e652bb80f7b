{{- define "stratoscope.monitor.metadata" -}}
{{- $root := index . 0 -}}
name: {{ index . 2 }}
namespace: {{ $root.Release.Namespace }}
labels:
  {{- merge (fromYaml (include "stratoscope.labels" (list $root (index . 1)))) $root.Values.monitors.additionalLabels | toYaml | nindent 2 }}
{{- with $root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* A PodMonitor: (list $ "name" (list components) (list endpoints)). An endpoint that is `alien` is not what `metrics` tells of. */}}
{{- define "stratoscope.monitor" -}}
{{- $root := index . 0 }}
{{- $name := index . 1 }}
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  {{- include "stratoscope.monitor.metadata" (list $root $name (printf "%s-%s" (include "stratoscope.fullname" $root) $name)) | nindent 2 }}
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: {{ include "stratoscope.name" $root }}
      app.kubernetes.io/instance: {{ $root.Release.Name }}
    matchExpressions:
      - {key: app.kubernetes.io/component, operator: In, values: {{ index . 2 | toJson }}}
  podMetricsEndpoints:
    {{- range index . 3 }}
    {{- $more := dict "interval" $root.Values.monitors.interval "scrapeTimeout" $root.Values.monitors.scrapeTimeout }}
    {{- /* Alerts know us by a job with our name in it, whatever the release is called. */}}
    {{- $_ := set $more "relabelings" (list (dict "targetLabel" "job" "replacement" (printf "stratoscope-%s" $name))) }}
    {{- $endpoint := merge (dict) (omit . "alien") $more }}
    {{- if not .alien }}{{ $endpoint = merge (dict) $root.Values.monitors.endpoint $endpoint }}{{ end }}
    - {{- toYaml $endpoint | nindent 6 }}
    {{- end }}
{{- end }}
