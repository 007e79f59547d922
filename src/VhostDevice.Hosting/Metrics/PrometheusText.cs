// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace VhostDevice.Hosting.Metrics;

/// <summary>
/// What the meters of this program say, in the text format of Prometheus (version 0.0.4). Names follow its customs:
/// dots become underscores, bytes and counters have a suffix.
/// </summary>
internal sealed class PrometheusText : IDisposable
{
    internal const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const string OurMeters = "VhostDevice.";

    private readonly MeterListener _listener = new();
    private readonly StringBuilder _text = new();
    private Instrument? _current;
    private string _name = "";

    internal PrometheusText()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.IsObservable && instrument.Meter.Name.StartsWith(OurMeters, StringComparison.Ordinal))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Append(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Reads all instruments now.</summary>
    internal byte[] Collect()
    {
        _text.Clear();
        _current = null;
        _listener.RecordObservableInstruments();
        return Encoding.UTF8.GetBytes(_text.ToString());
    }

    public void Dispose() => _listener.Dispose();

    // All measurements of an instrument come in a row.
    private void Append(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (instrument != _current)
            Begin(instrument);
        _text.Append(_name);
        char before = '{';
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            _text.Append(before).Append(tag.Key).Append("=\"");
            AppendEscaped(Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "", quotes: true);
            _text.Append('"');
            before = ',';
        }

        if (before == ',')
            _text.Append('}');
        _text.Append(' ').Append(CultureInfo.InvariantCulture, $"{value}").Append('\n');
    }

    private void Begin(Instrument instrument)
    {
        bool counts = instrument is ObservableCounter<long>;
        _current = instrument;
        _name = instrument.Name.Replace('.', '_') + (instrument.Unit == "By" ? "_bytes" : "") + (counts ? "_total" : "");
        _text.Append("# HELP ").Append(_name).Append(' ');
        AppendEscaped(instrument.Description ?? "", quotes: false);
        _text.Append("\n# TYPE ").Append(_name).Append(counts ? " counter\n" : " gauge\n");
    }

    private void AppendEscaped(string text, bool quotes)
    {
        foreach (char c in text)
        {
            _ = c switch
            {
                '\\' => _text.Append("\\\\"),
                '\n' => _text.Append("\\n"),
                '"' when quotes => _text.Append("\\\""),
                _ => _text.Append(c),
            };
        }
    }
}
