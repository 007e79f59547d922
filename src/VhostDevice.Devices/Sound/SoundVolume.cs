// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Sound.Samples;

namespace VhostDevice.Devices.Sound;

/// <summary>How loud a stream is, as its guest and people set it. From any thread.</summary>
internal sealed class SoundVolume
{
    /// <summary>As loud as it comes.</summary>
    internal const int Full = 100;

    /// <summary>Hundredths of a decibel that a step is.</summary>
    internal const int StepCentibels = 50;

    private static readonly float[] s_gains = Gains();

    private static readonly byte[] s_full = Filled();

    private readonly byte[] _steps = [.. s_full];
    private volatile bool _isMuted;
    private volatile bool _changesNothing = true;

    /// <summary>Samples stay as they are, bit by bit.</summary>
    internal bool ChangesNothing => _changesNothing;

    internal bool IsMuted
    {
        get => _isMuted;
        set
        {
            _isMuted = value;
            Look();
        }
    }

    /// <summary>0 to <see cref="Full"/>; 0 is silent.</summary>
    internal byte this[int channel] => _steps[channel];

    /// <summary>Sets a channel.</summary>
    /// <returns>Whether it is another one than before.</returns>
    internal bool Set(int channel, byte steps)
    {
        bool isOther = _steps[channel] != steps;
        _steps[channel] = steps;
        Look();
        return isOther;
    }

    /// <summary>What samples of each channel are multiplied with.</summary>
    internal void CopyGains(Span<float> gains)
    {
        for (int i = 0; i < gains.Length; i++)
            gains[i] = _isMuted ? 0 : s_gains[_steps[i]];
    }

    private void Look() => _changesNothing = !_isMuted && !_steps.AsSpan().ContainsAnyExcept((byte)Full);

    private static byte[] Filled()
    {
        byte[] steps = new byte[SoundFormat.MostChannels];
        Array.Fill(steps, (byte)Full);
        return steps;
    }

    private static float[] Gains()
    {
        float[] gains = new float[Full + 1];
        for (int i = 1; i < gains.Length; i++)
            gains[i] = (float)Math.Pow(10, (i - Full) * StepCentibels / 100.0 / 20);
        gains[Full] = 1;
        return gains;
    }
}
