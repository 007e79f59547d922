// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.Devices.Scmi.Sensors;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Scmi;

/// <summary>A sensor that shows parameters of the board's parts, such as <c>temp0.temperature</c>, in thousandths of their units.</summary>
internal sealed class BoardSensor : IScmiSensor
{
    private const double Thousandths = 1000;
    private const int Exponent = -3;

    private readonly Board _board;
    private readonly NumberParameter[] _shown;
    private readonly double[] _factors;

    /// <param name="shown">One, or one for each axis.</param>
    internal BoardSensor(Board board, string name, bool isVector, IReadOnlyList<NumberParameter> shown)
    {
        _board = board;
        _shown = [.. shown];
        Name = name;
        IsVector = isVector;
        ScmiAxis[] axes = new ScmiAxis[shown.Count];
        _factors = new double[shown.Count];
        for (int i = 0; i < axes.Length; i++)
        {
            axes[i] = new ScmiAxis(AxisName(shown[i].Name), UnitOf(shown[i].Unit), Exponent);
            _factors[i] = Thousandths * (shown[i].Unit == "°/s" ? Math.PI / 180 : 1);
        }

        Axes = axes;
        board.ParameterChanged += OnChanged;
    }

    public event Action? Changed;

    public string Name { get; }

    public bool IsVector { get; }

    public IReadOnlyList<ScmiAxis> Axes { get; }

    public IReadOnlyList<ScmiInterval> Intervals => PolledIntervals.All;

    public HostCalls? Calls => null;

    public bool Streams => false;

    public ScmiStatus Read(Span<ScmiReading> readings)
    {
        ulong time = (ulong)((_board.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick);
        lock (_board.Gate)
        {
            for (int i = 0; i < readings.Length; i++)
                readings[i] = new ScmiReading((long)Math.Round(_shown[i].Now * _factors[i]), time);
        }

        return ScmiStatus.Success;
    }

    public ScmiStatus Configure(bool stream, ScmiInterval? interval) => ScmiStatus.Success;

    public IDisposable? Listen(EventLoop loop, Action<ReadOnlyMemory<ScmiReading>> deliver) => null;

    // Linux takes the letter behind the last underscore for the axis: accel_X for accel-x.
    private static string AxisName(string parameter) =>
        parameter.Length > 2 && parameter[^2] == '-' ? $"{parameter[..^2]}_{char.ToUpperInvariant(parameter[^1])}" : parameter;

    private static ScmiUnit UnitOf(string unit) => unit switch
    {
        "°C" => ScmiUnit.Celsius,
        "V" => ScmiUnit.Volt,
        "A" => ScmiUnit.Ampere,
        "W" => ScmiUnit.Watt,
        "Hz" => ScmiUnit.Hertz,
        "%" => ScmiUnit.Percent,
        "Ω" => ScmiUnit.Ohm,
        "m/s²" => ScmiUnit.MeterPerSecondSquared,
        "°/s" => ScmiUnit.RadianPerSecond,
        _ => ScmiUnit.Unspecified,
    };

    private void OnChanged(BoardPart part, BoardParameter parameter)
    {
        if (Array.IndexOf(_shown, parameter) >= 0)
            Changed?.Invoke();
    }
}
