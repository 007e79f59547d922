// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Input;
using VhostDevice.Devices.Input.Recordings;

namespace VhostDevice.Devices.Boards.Input;

/// <summary>The device of a recording, which does again what it did.</summary>
internal sealed class Replayer : InputPart
{
    private const double MinSpeed = 0.01, MaxSpeed = 1000;

    private readonly InputRecording _recording;
    private readonly SwitchParameter _playing;
    private readonly InputEvent[] _whole = new InputEvent[InputRecording.MaxReport];
    private ITimer? _timer;
    private double _speed = 1;
    private long _startedAt;
    private int _next;

    /// <inheritdoc cref="InputPart(Board, string, string, InputDescription)"/>
    internal Replayer(Board board, string name, InputRecording recording)
        : base(board, "recorded", name, recording.Description)
    {
        _recording = recording;
        _playing = Parameter(new SwitchParameter("playing", false, readOnly: true));
        _next = recording.Events.Length;
    }

    internal static IReadOnlyList<PartVerb> PlayVerbs { get; } =
    [
        new("play", "recording", "Have a recorded input device do again what it did, perhaps faster or slower", RunPlay, "SPEED?")
        {
            Example = "ts0 2",
        },
    ];

    public override IReadOnlyList<PartVerb> Verbs => PlayVerbs;

    public override void Dispose()
    {
        _timer?.Dispose();
        base.Dispose();
    }

    private static string? RunPlay(BoardPart part, IReadOnlyList<string> words, Action<string> answer)
    {
        Replayer replayer = (Replayer)part;
        double speed = 1;
        if (words.Count > 0
            && (!double.TryParse(words[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out speed)
                || !(speed is >= MinSpeed and <= MaxSpeed)))
            return string.Create(CultureInfo.InvariantCulture, $"a recording is not played at speed '{words[0]}': {MinSpeed} to {MaxSpeed}");
        if (replayer._playing.Now)
            return $"{part.Name} is playing: wait until 'playing' is off";
        replayer.Begin(speed);
        return null;
    }

    private void Begin(double speed)
    {
        if (_recording.Events.Length == 0)
            return;
        _speed = speed;
        _next = 0;
        _startedAt = Board.Time.GetTimestamp();
        _playing.Value = true;
        _timer ??= Board.Time.CreateTimer(static r => ((Replayer)r!).Go(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    // All reports that are due.
    private void Go()
    {
        lock (Board.Gate)
        {
            double passed = Board.Time.GetElapsedTime(_startedAt).TotalMicroseconds * _speed;
            long first = _recording.Events[0].Microseconds;
            while (_next < _recording.Events.Length)
            {
                double left = _recording.Events[_next].Microseconds - first - passed;
                if (left > 0)
                {
                    // A timer that is early would only wake to wait again.
                    _timer?.Change(TimeSpan.FromMilliseconds(Math.Min(Math.Ceiling(left / _speed / 1000), int.MaxValue)), Timeout.InfiniteTimeSpan);
                    return;
                }

                SendNext();
            }

            _playing.Value = false;
        }
    }

    private void SendNext()
    {
        int length = 0;
        while (_next < _recording.Events.Length && length < _whole.Length - 1)
        {
            InputEvent value = _recording.Events[_next++].Event;
            if (value.EndsReport)
                break;
            _whole[length++] = value;
        }

        _whole[length++] = InputEvent.EndOfReport;
        Port.Report(_whole.AsSpan(0, length));
    }
}
