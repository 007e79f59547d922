// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Gpio;

/// <summary>How a line serves a request: with an answer that is known already, or with a step at the host.</summary>
/// <param name="Known">The answer; null when it takes the step.</param>
/// <param name="Settings">For the step.</param>
internal readonly record struct GpioPlan(GpioResponse? Known, GpioStep Step, GpioLineSettings Settings);
