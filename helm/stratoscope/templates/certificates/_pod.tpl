{{/* The pod of the Job and of the CronJob. */}}
{{- define "stratoscope.certificate.pod" -}}
{{- $job := .Values.certificates.job -}}
metadata:
  {{- include "stratoscope.pod.metadata" (list . $job "certificate") | nindent 2 }}
spec:
  serviceAccountName: {{ include "stratoscope.fullname" . }}-certificate
  automountServiceAccountToken: true
  restartPolicy: OnFailure
  {{- include "stratoscope.pod.placing" (list . $job) | nindent 2 }}
  securityContext:
    {{- include "stratoscope.pod.restricted" . | nindent 4 }}
  containers:
    - name: stratoscope-certificate
      image: {{ include "stratoscope.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args:
        - webhook
        - --make-certificate
        - --secret={{ .Release.Namespace }}/{{ include "stratoscope.webhook.secret" . }}
        - --webhook-configuration={{ include "stratoscope.webhook.configuration" . }}
        {{- range fromJsonArray (include "stratoscope.webhook.hosts" .) }}
        - --dns-name={{ . }}
        {{- end }}
      terminationMessagePolicy: FallbackToLogsOnError
      securityContext:
        {{- include "stratoscope.container.restricted" . | nindent 8 }}
      resources:
        {{- toYaml $job.resources | nindent 8 }}
{{- end }}
