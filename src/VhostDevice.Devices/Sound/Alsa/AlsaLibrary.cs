// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using System.Text;

namespace VhostDevice.Devices.Sound.Alsa;

/// <summary>
/// What is used of libasound (alsa-lib), loaded when somebody asks for it: the daemon does without it otherwise. Results are its
/// own: 0 or more, or a negative errno.
/// </summary>
internal sealed unsafe class AlsaLibrary
{
    private const string File = "libasound.so.2";
    private const int ReadWriteInterleaved = 3;

    private readonly delegate* unmanaged<nint*, byte*, int, int, int> _open;
    private readonly delegate* unmanaged<nint, int> _close;
    private readonly delegate* unmanaged<nint, int, int, uint, uint, int, uint, int> _setParameters;
    private readonly delegate* unmanaged<nint, byte*, nuint, nint> _write;
    private readonly delegate* unmanaged<nint, byte*, nuint, nint> _read;
    private readonly delegate* unmanaged<nint, int, int, int> _recover;
    private readonly delegate* unmanaged<nint, nint*, int> _delay;
    private readonly delegate* unmanaged<nint, int> _drain;
    private readonly delegate* unmanaged<nint, int> _drop;
    private readonly delegate* unmanaged<nint, int> _prepare;
    private readonly delegate* unmanaged<int, byte*> _text;
    private readonly delegate* unmanaged<nint*, int> _newSpace;
    private readonly delegate* unmanaged<nint, void> _freeSpace;
    private readonly delegate* unmanaged<nint, nint, int> _anySpace;
    private readonly delegate* unmanaged<nint, nint, int, int> _testFormat;
    private readonly delegate* unmanaged<nint, nint, uint, int, int> _testRate;
    private readonly delegate* unmanaged<nint, uint*, int> _leastChannels;
    private readonly delegate* unmanaged<nint, uint*, int> _mostChannels;

    private AlsaLibrary(nint library)
    {
        _open = (delegate* unmanaged<nint*, byte*, int, int, int>)NativeLibrary.GetExport(library, "snd_pcm_open");
        _close = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "snd_pcm_close");
        _setParameters = (delegate* unmanaged<nint, int, int, uint, uint, int, uint, int>)NativeLibrary.GetExport(library, "snd_pcm_set_params");
        _write = (delegate* unmanaged<nint, byte*, nuint, nint>)NativeLibrary.GetExport(library, "snd_pcm_writei");
        _read = (delegate* unmanaged<nint, byte*, nuint, nint>)NativeLibrary.GetExport(library, "snd_pcm_readi");
        _recover = (delegate* unmanaged<nint, int, int, int>)NativeLibrary.GetExport(library, "snd_pcm_recover");
        _delay = (delegate* unmanaged<nint, nint*, int>)NativeLibrary.GetExport(library, "snd_pcm_delay");
        _drain = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "snd_pcm_drain");
        _drop = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "snd_pcm_drop");
        _prepare = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "snd_pcm_prepare");
        _text = (delegate* unmanaged<int, byte*>)NativeLibrary.GetExport(library, "snd_strerror");
        _newSpace = (delegate* unmanaged<nint*, int>)NativeLibrary.GetExport(library, "snd_pcm_hw_params_malloc");
        _freeSpace = (delegate* unmanaged<nint, void>)NativeLibrary.GetExport(library, "snd_pcm_hw_params_free");
        _anySpace = (delegate* unmanaged<nint, nint, int>)NativeLibrary.GetExport(library, "snd_pcm_hw_params_any");
        _testFormat = (delegate* unmanaged<nint, nint, int, int>)NativeLibrary.GetExport(library, "snd_pcm_hw_params_test_format");
        _testRate = (delegate* unmanaged<nint, nint, uint, int, int>)NativeLibrary.GetExport(library, "snd_pcm_hw_params_test_rate");
        _leastChannels = (delegate* unmanaged<nint, uint*, int>)NativeLibrary.GetExport(library, "snd_pcm_hw_params_get_channels_min");
        _mostChannels = (delegate* unmanaged<nint, uint*, int>)NativeLibrary.GetExport(library, "snd_pcm_hw_params_get_channels_max");
        // It would write what goes wrong to standard error, in a form of its own and several lines each.
        var setHandler = (delegate* unmanaged<delegate* unmanaged<byte*, int, byte*, int, byte*, void>, int>)NativeLibrary.GetExport(
            library, "snd_lib_error_set_handler");
        _ = setHandler(&Ignore);
    }

    /// <summary>Loads the library; once is enough, and it stays.</summary>
    /// <returns>Null: there is none.</returns>
    internal static AlsaLibrary? Load()
    {
        try
        {
            return NativeLibrary.TryLoad(File, out nint library) ? new AlsaLibrary(library) : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    internal string Text(int result) => Marshal.PtrToStringUTF8((nint)_text(result)) ?? "unknown error";

    /// <summary>May wait for the device.</summary>
    internal int Open(string name, bool isOutput, out nint pcm)
    {
        byte[] text = Encoding.UTF8.GetBytes(name + '\0');
        nint opened = 0;
        int result;
        fixed (byte* p = text)
            result = _open(&opened, p, isOutput ? 0 : 1, 0);
        pcm = opened;
        return result;
    }

    internal void Close(nint pcm) => _ = _close(pcm);

    /// <param name="format">SND_PCM_FORMAT_*.</param>
    internal int SetParameters(nint pcm, int format, int channels, uint rate, TimeSpan latency) =>
        _setParameters(pcm, format, ReadWriteInterleaved, (uint)channels, rate, 1, (uint)latency.TotalMicroseconds);

    /// <summary>Waits until there is room.</summary>
    /// <returns>Frames.</returns>
    internal int Write(nint pcm, ReadOnlySpan<byte> bytes, int frames)
    {
        fixed (byte* p = bytes)
            return (int)_write(pcm, p, (nuint)frames);
    }

    /// <summary>Waits until they are there.</summary>
    /// <returns>Frames.</returns>
    internal int Read(nint pcm, Span<byte> bytes, int frames)
    {
        fixed (byte* p = bytes)
            return (int)_read(pcm, p, (nuint)frames);
    }

    /// <summary>Has a device go on after an underrun or a suspension.</summary>
    internal int Recover(nint pcm, int error) => _recover(pcm, error, 1);

    /// <summary>Frames between what is written or read and what is heard; 0 where that is not known.</summary>
    internal int Delay(nint pcm)
    {
        nint frames = 0;
        return _delay(pcm, &frames) < 0 ? 0 : (int)Math.Clamp(frames, 0, int.MaxValue);
    }

    /// <summary>Waits until all is heard.</summary>
    internal void Drain(nint pcm) => _ = _drain(pcm);

    internal void Drop(nint pcm) => _ = _drop(pcm);

    internal int Prepare(nint pcm) => _prepare(pcm);

    /// <summary>What a device can do.</summary>
    /// <param name="formats">SND_PCM_FORMAT_*, -1 for what is not asked; the results are bits by their places.</param>
    internal int Explore(
        nint pcm, ReadOnlySpan<int> formats, ReadOnlySpan<uint> rates, out ulong formatBits, out ulong rateBits, out int leastChannels,
        out int mostChannels)
    {
        (formatBits, rateBits, leastChannels, mostChannels) = (0, 0, 0, 0);
        nint space = 0;
        int result = _newSpace(&space);
        if (result < 0)
            return result;
        result = _anySpace(pcm, space);
        for (int i = 0; i < formats.Length && result >= 0; i++)
            formatBits |= formats[i] >= 0 && _testFormat(pcm, space, formats[i]) == 0 ? 1UL << i : 0;
        for (int i = 0; i < rates.Length && result >= 0; i++)
            rateBits |= _testRate(pcm, space, rates[i], 0) == 0 ? 1UL << i : 0;
        uint least = 0, most = 0;
        if (result >= 0)
            result = Math.Min(_leastChannels(space, &least), _mostChannels(space, &most));
        _freeSpace(space);
        (leastChannels, mostChannels) = ((int)Math.Min(least, 255), (int)Math.Min(most, 255));
        return result;
    }

    [UnmanagedCallersOnly]
    private static void Ignore(byte* file, int line, byte* function, int error, byte* form)
    {
    }
}
