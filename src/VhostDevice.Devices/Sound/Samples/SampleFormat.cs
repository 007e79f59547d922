// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Sound.Samples;

/// <summary>How a sample is written down, VIRTIO_SND_PCM_FMT_* (virtio 1.3 §5.14.6.6.2); little endian where it has several bytes.</summary>
public enum SampleFormat : byte
{
    /// <summary>Half a byte a sample, which no host side here takes.</summary>
    ImaAdpcm,
    MuLaw,
    ALaw,
    S8,
    U8,
    S16,
    U16,

    /// <summary>The low 18 bits of three bytes; those that follow likewise.</summary>
    S18In3,
    U18In3,
    S20In3,
    U20In3,
    S24In3,
    U24In3,

    /// <summary>The low 20 bits of four bytes; those that follow likewise.</summary>
    S20,
    U20,
    S24,
    U24,
    S32,
    U32,

    /// <summary>-1 to 1.</summary>
    Float,
    Float64,
    DsdU8,
    DsdU16,
    DsdU32,
    Iec958,
}
