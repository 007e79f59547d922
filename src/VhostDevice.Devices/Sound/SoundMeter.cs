// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Sound.Samples;

namespace VhostDevice.Devices.Sound;

/// <summary>
/// How loud a stream is: the largest sample and the mean power of its last <see cref="WindowMilliseconds"/>, and how far samples
/// went in the last seconds, for a picture. Written on the stream's loop, read from any thread.
/// </summary>
public sealed class SoundMeter
{
    /// <summary>The window of <see cref="Peak"/> and <see cref="Power"/>.</summary>
    public const int WindowMilliseconds = 300;

    /// <summary>How many <see cref="Columns"/> there are in a second.</summary>
    public const int ColumnsPerSecond = 100;

    /// <summary>What is kept: 5.12 seconds.</summary>
    public const int Columns = 512;

    private readonly (float Least, float Most)[] _columns = new (float, float)[Columns];
    private int _column;
    private int _columnFrames;
    private float _least;
    private float _most;
    private double _sum;
    private long _samples;
    private int _windowFrames;
    private float _peak;
    private float _shownPeak;
    private float _shownPower;

    /// <summary>The largest sample of the last window, 0 to 1 of full scale.</summary>
    public double Peak => Volatile.Read(ref _shownPeak);

    /// <summary>The root of the mean square of the last window, 0 to 1.</summary>
    public double Power => Volatile.Read(ref _shownPower);

    /// <summary>The columns from the oldest to the newest: the least and largest sample in each.</summary>
    public (float Least, float Most)[] Shape()
    {
        int at = Volatile.Read(ref _column);
        return [.. _columns[at..], .. _columns[..at]];
    }

    internal void Measure(SoundFormat format, ReadOnlySpan<byte> frames)
    {
        if (!SampleFormats.IsNumber(format.Sample))
            return;
        int bytes = SampleFormats.Bytes(format.Sample);
        int framesOfColumn = Math.Max((int)format.Rate / ColumnsPerSecond, 1);
        int framesOfWindow = (int)(format.Rate * (long)WindowMilliseconds / 1000);
        for (; frames.Length >= format.FrameBytes; frames = frames[format.FrameBytes..])
        {
            for (int channel = 0; channel < format.Channels; channel++)
            {
                float number = (float)SampleFormats.Read(format.Sample, frames[(channel * bytes)..]);
                // A guest may write anything into a float.
                if (!(Math.Abs(number) <= 1))
                    number = float.IsNaN(number) ? 0 : Math.Sign(number);
                _least = Math.Min(_least, number);
                _most = Math.Max(_most, number);
                _sum += number * number;
            }

            _samples += format.Channels;
            if (++_columnFrames >= framesOfColumn)
                EndColumn();
            if (++_windowFrames >= framesOfWindow)
                EndWindow();
        }
    }

    private void EndColumn()
    {
        _columns[_column] = (_least, _most);
        Volatile.Write(ref _column, _column + 1 == Columns ? 0 : _column + 1);
        _peak = Math.Max(_peak, Math.Max(-_least, _most));
        (_least, _most, _columnFrames) = (0, 0, 0);
    }

    private void EndWindow()
    {
        Volatile.Write(ref _shownPeak, Math.Max(_peak, Math.Max(-_least, _most)));
        Volatile.Write(ref _shownPower, (float)Math.Sqrt(_sum / _samples));
        (_peak, _sum, _samples, _windowFrames) = (0, 0, 0, 0);
    }
}
